"""What the API server says is wrong with an object: the field's path, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.kubernetes.provider.cluster import ApiError

# The words with which the API server's own validation refuses to change what may only be set once.
_IMMUTABLE = re.compile(
    r"immutable|may not change|cannot change|can not be (changed|unset)|may not be (changed|unset)|"
    r"updates to .* are forbidden|forbidden: pod updates|update (is )?not allowed",
    re.IGNORECASE,
)
# `.spec.replicas: expected numeric (int or float), got string`, alone or one of several lines.
_TYPED = re.compile(r"(?:^\s*|: )\.(?P<path>[A-Za-z][^:\s]*): (?P<reason>[^\n]+)", re.MULTILINE)
_UNKNOWN = re.compile(r'unknown field "(?P<path>[^"]+)"')
UNDECLARED = "field not declared in schema"


@dataclass(frozen=True)
class Problem:
    """One thing that the API server refuses.

    path: of the field, as in `spec.template.spec.containers[0].image`; empty where it is no field's.
    """

    path: str
    reason: str

    @property
    def immutable(self) -> bool:
        """Whether the field may not be changed, so that only another object can have the value."""
        return bool(_IMMUTABLE.search(self.reason))

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


def problems(error: ApiError) -> list[Problem]:
    """Everything that a refusal names; nothing where it names no field."""
    details = error.status.get("details") or {}
    causes = details.get("causes") or ()
    found = [Problem(str(cause.get("field", "")).lstrip("."), str(cause.get("message", ""))) for cause in causes]
    found = [problem for problem in found if problem.path not in ("", "<nil>")]
    return _unique(found or list(_in_text(str(error))))


def _in_text(message: str) -> Iterator[Problem]:
    """The fields that a refusal names in its text alone: unknown ones, and values of a wrong type."""
    for match in _TYPED.finditer(message):
        yield Problem(match["path"], match["reason"].strip())
    for match in _UNKNOWN.finditer(message):
        yield Problem(match["path"], UNDECLARED)


def _unique(found: list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(found))
