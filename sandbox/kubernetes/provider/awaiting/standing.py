"""How far an object has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.kubernetes.provider.cluster import Object


@dataclass(frozen=True)
class Standing:
    """How far an object has come.

    missing: what it still lacks, for people; empty once it is ready. failed: whether waiting longer is no use.
    """

    missing: str = ""
    failed: bool = False


READY = Standing()


class Observer(Protocol):
    """Where a rule looks beside the object itself."""

    def items(self, path: str, **query: str) -> list[Object]:
        """The objects of a collection."""
        ...


def condition(live: Object, kind: str) -> dict[str, Any]:
    """A condition of an object's status; empty where there is none."""
    conditions: Iterable[dict[str, Any]] = (live.get("status") or {}).get("conditions") or ()
    return next((found for found in conditions if found.get("type") == kind), {})


def unseen(live: Object) -> Standing | None:
    """That no controller has seen the object as it is now, where that is so."""
    seen = (live.get("status") or {}).get("observedGeneration", 0)
    if seen < live["metadata"].get("generation", 0):
        return Standing("its controller has not seen it yet")
    return None


def label_selector(selector: dict[str, Any]) -> str:
    """A selector's text for a query."""
    equal = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    return ",".join([*equal, *map(_expression, selector.get("matchExpressions") or ())])


def _expression(expression: dict[str, Any]) -> str:
    key, values = expression["key"], ",".join(expression.get("values") or ())
    match expression["operator"]:
        case "In":
            return f"{key} in ({values})"
        case "NotIn":
            return f"{key} notin ({values})"
        case "Exists":
            return str(key)
        case _:
            return f"!{key}"
