"""When two values of a property are the same, although they are spelled differently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.aws.provider.declaration import Input
from sandbox.provider.sdk import PropertyType
from sandbox.provider.values import UNKNOWN, Archive, Asset, Value

_NOTHING: tuple[Any, ...] = (None, "", [], {})


def same(spec: Input, old: Value, new: Value) -> bool:
    """Whether two inputs mean the same."""
    if old is UNKNOWN or new is UNKNOWN:
        return False
    old, new = (spec.default if value is None else value for value in (old, new))
    if spec.document and isinstance(old, str) and isinstance(new, str):
        return canonical_document(old) == canonical_document(new)
    if spec.unordered and isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(item in new for item in old) and all(item in old for item in new)
    return bool(old == new) or (old in _NOTHING and new in _NOTHING)


def canonical_document(text: str) -> str:
    """A JSON document without the accidents of its spelling; a list of one is its item, as IAM reads it."""
    try:
        return json.dumps(_single(json.loads(text)), sort_keys=True)
    except ValueError:
        return text


def _single(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _single(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [_single(item) for item in value]
        return items[0] if len(items) == 1 else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def reconciled(spec: Input, of: PropertyType, old: Value, actual: Value) -> Value:
    """What an input would have to be for the resource as it is: the old one wherever it still says the same.

    AWS answers more than was asked for, in its own spelling and order; only what the old input sets is compared.
    """
    if isinstance(old, Asset | Archive) or (spec.default is not None and old is None and actual == spec.default):
        return old
    if isinstance(old, str) and isinstance(actual, str) and spec.document:
        return old if canonical_document(old) == canonical_document(actual) else actual
    if of.kind == "object" and isinstance(old, Mapping) and isinstance(actual, Mapping):
        fields = {
            name: reconciled(_PLAIN, field, old[name], actual.get(name))
            for name, field in of.fields.items()
            if name in old
        }
        return {name: value for name, value in fields.items() if value is not None}
    if of.kind == "list" and isinstance(old, list) and isinstance(actual, list):
        return _reconciled_list(spec, of.items, old, actual)
    if old in _NOTHING and actual in _NOTHING:
        return old
    return old if _spelling(old) == _spelling(actual) else actual


def _reconciled_list(spec: Input, of: PropertyType, old: list[Value], actual: list[Value]) -> list[Value]:
    if not spec.unordered:
        paired = [reconciled(_PLAIN, of, left, right) for left, right in zip(old, actual, strict=False)]
        return paired + actual[len(old) :]
    remaining = list(actual)
    kept = []
    for item in old:
        found = next((other for other in remaining if reconciled(_PLAIN, of, item, other) == item), None)
        if found is not None:
            kept.append(item)
            remaining.remove(found)
    return kept + remaining


def _spelling(value: Value) -> Value:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


_PLAIN = Input()
