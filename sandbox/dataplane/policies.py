"""Whether a role's identity policies allow an action, for the few questions that the data plane asks itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


def allows(policies: Iterable[Mapping[str, Any]], action: str, resource: str) -> bool:
    """Evaluate identity policies as IAM does: an explicit Deny wins, without an Allow the answer is no.

    A statement with a condition is never taken to allow, and always to deny: no context keys are known here.
    """
    allowed = False
    for policy in policies:
        for statement in _as_list(policy["Statement"]):
            if not _applies(statement, action, resource):
                continue
            if statement["Effect"] == "Deny":
                return False
            allowed = allowed or "Condition" not in statement
    return allowed


def _applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    return _selects(statement, "Action", action, re.IGNORECASE) and _selects(statement, "Resource", resource, 0)


def _selects(statement: Mapping[str, Any], element: str, value: str, flags: int) -> bool:
    if element in statement:
        return any(_matches(pattern, value, flags) for pattern in _as_list(statement[element]))
    return not any(_matches(pattern, value, flags) for pattern in _as_list(statement[f"Not{element}"]))


def _matches(pattern: str, value: str, flags: int) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, flags) is not None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
