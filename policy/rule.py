"""What a check is: the types that it covers, and a function that names each thing wrong with a resource.

A rule is made of checks that share its id. One that looks at a resource alone runs before the engine touches that
resource; those that look at the whole stack run when all resources are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from policy.resource import Resource, Stack
from policy.values import UnknownValueError

Item = TypeVar("Item")


class NotApplicable(Exception):  # noqa: N818 - no error: the answer of a check
    """Of a covered type, but the rule asks nothing of this one; its argument says why."""


@dataclass(frozen=True, kw_only=True)
class ResourceCheck:
    """A check of one resource by itself."""

    rule: str
    covers: Callable[[str], bool]
    violations: Callable[[Resource], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class StackCheck:
    """A check of one resource among the others."""

    rule: str
    covers: Callable[[str], bool]
    violations: Callable[[Resource, Stack], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class LossCheck:
    """A check of one resource that the stack had before the change, against what it will have."""

    rule: str
    covers: Callable[[str], bool]
    violations: Callable[[Resource, Stack], Iterable[str]]


Check = ResourceCheck | StackCheck | LossCheck


def of_types(*types: str) -> Callable[[str], bool]:
    """Covers these types."""
    return frozenset(types).__contains__


def each(judged: Iterable[Item], violations: Callable[[Item], Iterable[str]]) -> Iterator[str]:
    """What is wrong with each of several: one that isn't known yet hides nothing that is wrong with another."""
    unknown: UnknownValueError | None = None
    for item in judged:
        try:
            yield from violations(item)
        except UnknownValueError as error:
            unknown = unknown or error
    if unknown:
        raise unknown
