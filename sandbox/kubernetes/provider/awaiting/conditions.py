"""Objects that say themselves when they are ready, by a phase, a condition or what a field shall say."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sandbox.kubernetes.provider.awaiting.standing import READY, Observer, Standing, condition
from sandbox.kubernetes.provider.cluster import Object
from sandbox.kubernetes.provider.manifest import WAIT_FOR

if TYPE_CHECKING:
    from sandbox.kubernetes.provider.awaiting import Rule

_CONDITION = re.compile(r"condition=(?P<type>[^=]+)(?:=(?P<status>.+))?")
_JSON_PATH = re.compile(r"jsonpath=\{?\.(?P<path>[\w.\[\]-]+)\}?(?:=(?P<value>.*))?")


def active(live: Object, observer: Observer) -> Standing:  # noqa: ARG001 - a rule's shape
    """A namespace takes objects."""
    phase = (live.get("status") or {}).get("phase")
    return READY if phase == "Active" else Standing(f"the namespace is {phase or 'new'}")


def established(live: Object, observer: Observer) -> Standing:  # noqa: ARG001 - a rule's shape
    """A custom kind is served. One whose names are taken has failed."""
    if condition(live, "Established").get("status") == "True":
        return READY
    names = condition(live, "NamesAccepted")
    taken = names.get("status") == "False"
    return Standing(names.get("message", "") if taken else "the kind is not served yet", failed=taken)


def asked_for(text: str) -> Rule:
    """The rule that the annotation `pulumi.com/waitFor` gives: one expression, or a JSON list that all must hold.

    Expressions are `condition=Type`, `condition=Type=Status`, `jsonpath={.path}` and `jsonpath={.path}=value`.
    Raises ValueError.
    """
    expressions = json.loads(text) if text.lstrip().startswith("[") else [text]
    rules = [_expression(str(expression)) for expression in expressions]

    def all_hold(live: Object, observer: Observer) -> Standing:
        standings = [rule(live, observer) for rule in rules]
        return next((standing for standing in standings if standing != READY), READY)

    return all_hold


def _expression(text: str) -> Rule:
    if match := _CONDITION.fullmatch(text):
        kind, status = match["type"], match["status"] or "True"
        return lambda live, _: _as_asked(text, condition(live, kind).get("status"), status)
    if match := _JSON_PATH.fullmatch(text):
        path, value = match["path"], match["value"]
        return lambda live, _: _as_asked(text, _at(live, path), value)
    raise ValueError(f"{WAIT_FOR}: {text!r} is neither condition=… nor jsonpath={{.…}}")


def _as_asked(text: str, found: Any, wanted: str | None) -> Standing:
    said = found if isinstance(found, str) or found is None else json.dumps(found)
    holds = said is not None if wanted is None else said == wanted
    return READY if holds else Standing(f"{text} does not hold yet: {'nothing there' if said is None else said}")


def _at(live: Any, path: str) -> Any:
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(live, list):
            live = live[int(step)] if step.isdigit() and int(step) < len(live) else None
        else:
            live = live.get(step) if isinstance(live, dict) else None
    return live
