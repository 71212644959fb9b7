"""Label selectors as requests carry them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SET = re.compile(r"\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*")
_COMMA = re.compile(r",(?![^(]*\))")


def selects(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy a selector such as `app=portal,tier in (a, b),!old`; the empty one selects everything."""
    return all(_holds(requirement.strip(), labels) for requirement in _COMMA.split(selector) if requirement.strip())


def _holds(requirement: str, labels: Mapping[str, str]) -> bool:
    if found := _SET.fullmatch(requirement):
        key, operator, listed = found.groups()
        among = labels.get(key) in {value.strip() for value in listed.split(",")}
        return among if operator == "in" else not among
    for operator in ("!=", "==", "="):
        key, separator, value = requirement.partition(operator)
        if separator:
            return (labels.get(key.strip()) == value.strip()) == (operator != "!=")
    if requirement.startswith("!"):
        return requirement[1:] not in labels
    return requirement in labels
