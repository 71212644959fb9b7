"""What a preview can tell: by trying on the API server, where nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.kubernetes.provider.cluster import ApiError, Object
from sandbox.kubernetes.provider.diffing import Difference, differences, filled, replacing, touches
from sandbox.kubernetes.provider.discovery import UnknownKindError
from sandbox.kubernetes.provider.manifest import as_declared, metadata, state_of
from sandbox.kubernetes.provider.objects import Work
from sandbox.kubernetes.provider.problems import Problem, problems
from sandbox.kubernetes.provider.refusals import explained_problems, explaining
from sandbox.provider.values import UNKNOWN, Properties, contains_unknown

# What the server makes up anew: in a trial's answer it is another than it will be.
_NEW_METADATA = ("uid", "resourceVersion", "generation", "creationTimestamp")
_CHANGED_METADATA = ("resourceVersion", "generation")
_ALLOCATED = {"Service": ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort")}


@dataclass(frozen=True)
class Verdict:
    """What an update would do: the properties that differ, and those of them that need another object."""

    found: list[Difference] = field(default_factory=list)
    replaces: set[str] = field(default_factory=set)


def refused(work: Work) -> list[Problem]:
    """The fields that the API server will refuse. What can't be changed is no fault: another object can have it.

    Raises RefusedError where it refuses for no field's sake.
    """
    if contains_unknown(work.inputs) or work.inputs == work.old_inputs:
        return []
    try:
        work.tried(work.inputs, force=True)
    except UnknownKindError:
        return []  # a definition that the same update makes
    except ApiError as error:
        found = explained_problems(error, work.kind, work.cluster)
        if found:
            return [problem for problem in found if not problem.immutable]
        with explaining(work.kind, work.cluster):
            raise
    return []


def compare(work: Work, mutable: frozenset[str]) -> Verdict:
    """What an update to the work's inputs would do. Raises RefusedError."""
    found = differences(work.old_inputs, work.inputs)
    replaces = replacing(found, work.kind, mutable)
    return Verdict(found, replaces) if replaces or not found else _tried_out(work, found)


def _tried_out(work: Work, found: list[Difference]) -> Verdict:
    """By a trial with what is known: what can't be changed in place, and what spells the same thing otherwise."""
    inputs = filled(work.inputs, work.old_inputs)
    unknown = contains_unknown(work.inputs)
    try:
        tried = replace(work, inputs=inputs).tried(inputs, force=True)
    except UnknownKindError:
        return Verdict(found)
    except ApiError as error:
        causes = [problem.path for problem in problems(error) if problem.immutable]
        if causes:
            touched = {difference.path for difference in found if any(touches(p, difference.path) for p in causes)}
            return Verdict(found, touched or {difference.path for difference in found})
        if unknown:
            return Verdict(found)  # a mixture of old and new may be neither
        with explaining(work.kind, work.cluster):
            raise
    live = None if unknown else work.live()
    return Verdict() if live is not None and as_declared(tried) == as_declared(live) else Verdict(found)


def outputs(work: Work) -> Properties:
    """The outputs that a preview can promise; what the server makes up is unknown. Raises RefusedError."""
    made_up = dict.fromkeys(_CHANGED_METADATA if work.state else _NEW_METADATA, UNKNOWN)
    found = _trial(work)
    if found is None:
        found = {**work.inputs}
        if work.inputs.get("metadata") is UNKNOWN:
            return {**found, "status": UNKNOWN}
        found["metadata"] = {**metadata(work.state), **metadata(work.inputs)}
    found["metadata"] = {**metadata(found), **made_up}
    if not work.state and isinstance(found.get("spec"), dict):
        found["spec"] = _not_allocated(work, found["spec"])
    return {**state_of(found, work.manager), "status": UNKNOWN}


def _trial(work: Work) -> Object | None:
    """The object as a trial has it; None where none can be made yet."""
    if contains_unknown(work.inputs):
        return None
    try:
        return work.tried(work.inputs, force=not work.state)
    except UnknownKindError:
        return None
    except ApiError as error:
        if any(problem.immutable for problem in problems(error)):
            return None  # what it will replace has the name still
        with explaining(work.kind, work.cluster):
            raise


def _not_allocated(work: Work, spec: dict[str, Any]) -> dict[str, Any]:
    given = work.inputs.get("spec")
    given = given if isinstance(given, dict) else {}
    allocated = [name for name in _ALLOCATED.get(work.kind.key, ()) if name not in given]
    return {**spec, **dict.fromkeys(allocated, UNKNOWN)}
