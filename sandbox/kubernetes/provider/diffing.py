"""What differs between two sets of inputs, and which of it needs another object."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from sandbox.kubernetes.provider.kinds import Kind
from sandbox.kubernetes.provider.manifest import AUTONAMED, annotation, metadata
from sandbox.provider.values import UNKNOWN, Properties, Value

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*")
_ABSENT = object()


class Change(Enum):
    """How a property differs. The values are the protocol's."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True)
class Difference:
    """One property that differs, by its path as Pulumi writes it: `metadata.labels["app"]`, `spec.ports[0].port`."""

    path: str
    change: Change


def differences(old: Properties, new: Properties) -> list[Difference]:
    """The properties that differ, each as deep as both have it."""
    return list(_differences("", old, new))


def _differences(path: str, old: Value, new: Value) -> Iterator[Difference]:
    if old is _ABSENT or new is _ABSENT:
        yield Difference(path, Change.ADD if old is _ABSENT else Change.DELETE)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _differences(_below(path, key), old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            left, right = (items[index] if index < len(items) else _ABSENT for items in (old, new))
            yield from _differences(f"{path}[{index}]", left, right)
    elif old is UNKNOWN or new is UNKNOWN or old != new or isinstance(old, bool) != isinstance(new, bool):
        yield Difference(path, Change.UPDATE)


def _below(path: str, key: str) -> str:
    if not _PLAIN_KEY.fullmatch(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def replacing(found: Collection[Difference], kind: Kind, mutable: Collection[str]) -> set[str]:
    """The paths that no API server changes in place: the object's identity; and what pulumi-kubernetes does not.

    mutable: the keys of the kinds whose content may be changed in place, of `ConfigMap` and `Secret`. By default
    neither's is, so that what reads them rolls to the new content.
    """
    fixed = ["metadata.name", "metadata.namespace", "kind"]
    if not kind.patch and kind.key not in mutable:
        fixed += {"ConfigMap": ["data", "binaryData"], "Secret": ["data", "stringData", "type"]}.get(kind.key, [])
    return {difference.path for difference in found if any(touches(path, difference.path) for path in fixed)}


def touches(one: str, other: str) -> bool:
    """Whether one path is the other or leads to it."""
    short, long = sorted((one, other), key=len)
    return long == short or (long.startswith(short) and long[len(short)] in ".[")


def name_is_kept(old: Properties, new: Properties) -> bool:
    """Whether a replacement would have the very name of what it replaces, so that the old one must go first."""
    before, after = metadata(old), metadata(new)
    same_place = before.get("namespace", "default") == after.get("namespace", "default")
    return same_place and before.get("name") == after.get("name") and not annotation(new, AUTONAMED)


def filled(new: Value, old: Value) -> Value:
    """New inputs with the old values in place of what isn't known yet; what has no old value is left out."""
    if isinstance(new, Mapping):
        before = old if isinstance(old, Mapping) else {}
        parts = {key: filled(value, before.get(key, UNKNOWN)) for key, value in new.items()}
        return {key: value for key, value in parts.items() if value is not UNKNOWN}
    if isinstance(new, list):
        before_items = old if isinstance(old, list) else []
        items = [filled(v, before_items[i] if i < len(before_items) else UNKNOWN) for i, v in enumerate(new)]
        return [item for item in items if item is not UNKNOWN]
    return old if new is UNKNOWN else new
