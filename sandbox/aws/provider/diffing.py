"""Which inputs differ, by property path, and what that does to the resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sandbox.aws.provider.comparison import same
from sandbox.aws.provider.declaration import Change, Declaration, Input
from sandbox.provider.values import Properties, Value

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class Kind(Enum):
    """What happened to a property."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True)
class Difference:
    """One changed property.

    path: its property path, such as `tags.owner` or `ingress[0].fromPort`. input: the input that it is in.
    """

    path: str
    input: str
    kind: Kind
    change: Change


def differences(declaration: Declaration, old: Properties, new: Properties) -> list[Difference]:
    """How the new inputs differ from those that the resource was last made of."""
    found = []
    replacing = declaration.replaces(old, new) if declaration.replaces else set()
    for name in sorted({*old, *new}):
        spec = declaration.inputs.get(name, UNDECLARED)
        if spec.computed and name not in new:
            continue
        if not same(spec, old.get(name), new.get(name)):
            change = Change.REPLACES if name in replacing else spec.change
            paths = _paths(spec, name, old.get(name), new.get(name))
            found += [Difference(path, name, kind, change) for path, kind in paths]
    return found


def _paths(spec: Input, path: str, old: Value, new: Value) -> Iterator[tuple[str, Kind]]:
    if old is None or new is None:
        yield path, Kind.ADD if old is None else Kind.DELETE
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                yield from _paths(spec, _child(path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_paths(spec, path, old, new)
    else:
        yield path, Kind.UPDATE


def _list_paths(spec: Input, path: str, old: list[Value], new: list[Value]) -> Iterator[tuple[str, Kind]]:
    if spec.unordered:
        added = {index for index, item in enumerate(new) if item not in old}
        removed = {index for index, item in enumerate(old) if item not in new}
        for index in sorted(added | removed):
            both = index in added and index in removed
            yield f"{path}[{index}]", Kind.UPDATE if both else Kind.ADD if index in added else Kind.DELETE
        return
    for index in range(max(len(old), len(new))):
        left, right = (items[index] if index < len(items) else None for items in (old, new))
        if left != right:
            yield from _paths(spec, f"{path}[{index}]", left, right)


def _child(path: str, key: str) -> str:
    return f"{path}.{key}" if _IDENTIFIER.fullmatch(key) else f'{path}["{key}"]'


# Tags and the region are every type's own; a declaration does not repeat them.
UNDECLARED = Input()
