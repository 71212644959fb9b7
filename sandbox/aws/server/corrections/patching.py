"""Putting a function of ours in the place of one of moto's."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


def replace(owner: type | ModuleType, **replacements: Callable[..., Any] | property) -> None:
    """Have `owner` use these in place of its own members of the same names.

    Raises AttributeError where it has no such member: then the correction is for another version of moto.
    """
    for name, replacement in replacements.items():
        getattr(owner, name)
        setattr(owner, name, replacement)


def add(owner: type, **members: Callable[..., Any] | None) -> None:
    """Give `owner` members that it lacks.

    Raises AttributeError where it has one by now: then the correction is no longer needed.
    """
    for name, member in members.items():
        if hasattr(owner, name):
            raise AttributeError(f"{owner.__qualname__} has a member {name} of its own by now")
        setattr(owner, name, member)
