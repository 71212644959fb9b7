"""The inputs that would make an object what it is now: how a refresh sees what others have changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.kubernetes.provider.cluster import Object
from sandbox.kubernetes.provider.manifest import metadata
from sandbox.provider.values import Properties, Value

# A node of the tree of managed fields (https://kubernetes.io/docs/reference/using-api/server-side-apply/):
# `f:name` is a field, `k:{…}` an item of a list by its keys, `v:…` an item of a set.
Fields = dict[str, Any]
_GONE = object()


def managed_fields(live: Object) -> Fields:
    """The fields that anybody manages, in one tree."""
    tree: Fields = {}
    for entry in metadata(live).get("managedFields") or ():
        _merge(tree, entry.get("fieldsV1") or {})
    return tree


def _merge(into: Fields, other: Fields) -> None:
    for name, inner in other.items():
        _merge(into.setdefault(name, {}), inner)


def inputs_as_they_are(old: Properties, wanted: Object, live: Object) -> Properties:
    """The old inputs, changed wherever the object no longer says what they ask for.

    wanted: the object as the server would have it by the old inputs. It spells values as `live` does, so only what
    somebody changed differs. Of lists by key, items that others added are theirs and no drift.
    """
    found: Properties = _as_it_is(old, wanted, live, managed_fields(live))
    return found


def _as_it_is(old: Value, wanted: Value, live: Value, fields: Fields) -> Value:
    if live == wanted:
        return old
    if isinstance(old, Mapping) and isinstance(live, Mapping):
        aim = wanted if isinstance(wanted, Mapping) else {}
        parts = {
            key: _as_it_is(value, aim.get(key, _GONE), live.get(key, _GONE), fields.get(f"f:{key}", {}))
            for key, value in old.items()
        }
        return {key: value for key, value in parts.items() if value is not _GONE}
    if isinstance(old, list) and isinstance(live, list):
        return _list_as_it_is(old, wanted if isinstance(wanted, list) else [], live, fields)
    return live


def _list_as_it_is(old: list[Value], wanted: list[Value], live: list[Value], fields: Fields) -> list[Value]:
    keys = next((tuple(json.loads(name[2:])) for name in fields if name.startswith("k:")), ())
    if keys:
        found = [
            _as_it_is(item, _of_key(wanted, item, keys), _of_key(live, item, keys), _item_fields(fields, item))
            for item in old
        ]
        return [item for item in found if item is not _GONE]
    if any(name.startswith("v:") for name in fields):
        return [item for item in old if item in live]
    if len(old) == len(live) == len(wanted):
        return [_as_it_is(*items, {}) for items in zip(old, wanted, live, strict=True)]
    return live


def _of_key(items: list[Value], like: Value, keys: tuple[str, ...]) -> Value:
    """The item with the same keys; one that the program leaves out, as a port's protocol, may be anything."""
    given = {key: like[key] for key in keys if isinstance(like, Mapping) and key in like}
    return next((item for item in items if given and given.items() <= item.items()), _GONE)


def _item_fields(fields: Fields, item: Value) -> Fields:
    for name, inner in fields.items():
        if name.startswith("k:") and all(item.get(k, v) == v for k, v in json.loads(name[2:]).items()):
            found: Fields = inner
            return found
    return {}
