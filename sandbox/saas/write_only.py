"""Properties that a vendor takes and never answers: they aren't recorded, and a refresh takes them from the state.

A path is dotted; `*` in it stands for each item of a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.provider.values import Properties, Value

_EVERY = "*"


def without(properties: Properties, paths: Iterable[str]) -> Properties:
    """The properties less what is at the paths."""
    kept = properties
    for path in paths:
        kept = _without(kept, path.split("."))
    return kept


def _without(value: Value, path: list[str]) -> Any:
    first, *rest = path
    if first == _EVERY and isinstance(value, list):
        return [_without(item, rest) for item in value]
    if not isinstance(value, dict) or first not in value:
        return value
    others = {name: item for name, item in value.items() if name != first}
    return {**others, first: _without(value[first], rest)} if rest else others


def restored(properties: Properties, old: Properties, paths: Iterable[str]) -> Properties:
    """The properties with what `old` has at the paths."""
    whole = properties
    for path in paths:
        whole = _restored(whole, old, path.split("."))
    return whole


def _restored(value: Value, old: Value, path: list[str]) -> Any:
    first, *rest = path
    if first == _EVERY and isinstance(value, list) and isinstance(old, list):
        paired = [_restored(item, before, rest) for item, before in zip(value, old, strict=False)]
        return paired + value[len(old) :]
    if not isinstance(value, dict) or not isinstance(old, dict) or first not in old:
        return value
    if not rest:
        return {**value, first: old[first]}
    return {**value, first: _restored(value[first], old[first], rest)} if first in value else value
