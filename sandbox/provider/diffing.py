"""Where the new inputs of a resource differ from the old ones, and how the engine is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from pulumi.runtime.proto import provider_pb2

from sandbox.provider.values import Value

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class Change(Enum):
    """What a changed input does to the resource."""

    UPDATES = "updates"
    REPLACES = "replaces"
    UNKNOWN = "unknown"
    """Not known to update in place: treated as a replacement, and said so."""


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


def changed_paths(path: str, old: Value, new: Value, *, unordered: bool = False) -> Iterator[tuple[str, Kind]]:
    """The paths at or below `path` at which the values differ.

    unordered: of a list whose order means nothing.
    """
    if old is None or new is None:
        yield path, Kind.ADD if old is None else Kind.DELETE
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                yield from changed_paths(_child(path, key), old.get(key), new.get(key), unordered=unordered)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _unordered(path, old, new) if unordered else _ordered(path, old, new)
    else:
        yield path, Kind.UPDATE


def _unordered(path: str, old: list[Value], new: list[Value]) -> Iterator[tuple[str, Kind]]:
    added = {index for index, item in enumerate(new) if item not in old}
    removed = {index for index, item in enumerate(old) if item not in new}
    for index in sorted(added | removed):
        both = index in added and index in removed
        yield f"{path}[{index}]", Kind.UPDATE if both else Kind.ADD if index in added else Kind.DELETE


def _ordered(path: str, old: list[Value], new: list[Value]) -> Iterator[tuple[str, Kind]]:
    for index in range(max(len(old), len(new))):
        left, right = (items[index] if index < len(items) else None for items in (old, new))
        if left != right:
            yield from changed_paths(f"{path}[{index}]", left, right)


def _child(path: str, key: str) -> str:
    return f"{path}.{key}" if _IDENTIFIER.fullmatch(key) else f'{path}["{key}"]'


def replacing(found: Collection[Difference]) -> list[str]:
    """The inputs whose change replaces the resource, or may."""
    return sorted({difference.input for difference in found if difference.change is not Change.UPDATES})


def wire_diff(found: Collection[Difference], *, delete_first: bool) -> provider_pb2.DiffResponse:
    """The answer to the engine. delete_first: whether a replaced resource must go before its replacement comes."""
    if not found:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        diffs=sorted({difference.input for difference in found}),
        replaces=replacing(found),
        deleteBeforeReplace=delete_first,
        hasDetailedDiff=True,
        detailedDiff={difference.path: _wire_kind(difference) for difference in found},
    )


def _wire_kind(difference: Difference) -> provider_pb2.PropertyDiff:
    suffix = "" if difference.change is Change.UPDATES else "_REPLACE"
    kind = provider_pb2.PropertyDiff.Kind.Value(f"{difference.kind.value}{suffix}")
    return provider_pb2.PropertyDiff(kind=kind, inputDiff=True)
