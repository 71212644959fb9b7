"""Creating, reading, updating and deleting an object."""

from __future__ import annotations

from dataclasses import replace

from sandbox.kubernetes.provider.awaiting import rule
from sandbox.kubernetes.provider.cluster import ApiError, Object, UnreachableError
from sandbox.kubernetes.provider.discovery import UnknownKindError
from sandbox.kubernetes.provider.drift import inputs_as_they_are
from sandbox.kubernetes.provider.manifest import (
    DELETION_PROPAGATION,
    annotation,
    as_declared,
    managers,
    metadata,
    state_of,
    with_secrets,
)
from sandbox.kubernetes.provider.objects import Work
from sandbox.kubernetes.provider.refusals import RefusedError, explaining
from sandbox.provider.refusing import IncompleteError
from sandbox.provider.values import Properties
from sandbox.provider.waiting import WaitError

# What an object needs, its namespace or its kind's definition, may be made by the same update at the same time.
_PLACE_SECONDS = 30.0
# What had failed before an update may recover by what the same update repaired elsewhere.
_RECOVERY_SECONDS = 30.0


def create(work: Work, *, upsert: bool) -> Properties:
    """Make the object, wait until it is ready, and answer its outputs.

    upsert: whether an object that somebody else made is taken over.
    Raises RefusedError, WaitError where nothing was made, IncompleteError where something was.
    """
    with explaining(work.kind, work.cluster):
        _await_place(work, upsert=upsert)
        return _once_ready(work, work.apply())


def update(work: Work) -> Properties:
    """Change the object, wait until it is ready, and answer its outputs. Raises RefusedError, IncompleteError."""
    with explaining(work.kind, work.cluster):
        return _once_ready(work, work.apply())


def _await_place(work: Work, *, upsert: bool) -> None:
    """Wait until the object can be made: its kind served, its namespace there, one of its name that ends gone."""

    def missing() -> str | None:
        try:
            live = work.live()
        except UnknownKindError as error:
            return str(error)
        if live is None:
            return _missing_namespace(work)
        if metadata(live).get("deletionTimestamp"):
            return "the one before it has not ended yet"
        if not work.kind.patch and not upsert and work.manager not in managers(live):
            raise RefusedError(_taken(work, live))
        return None

    waiter = replace(work.waiter, time_out=min(_PLACE_SECONDS, work.waiter.time_out))
    waiter.until(f"a place for {work.kind.name} {work.name}", missing)


def _missing_namespace(work: Work) -> str | None:
    if not work.discovery.resource(work.kind).namespaced or work.cluster.find(f"/api/v1/namespaces/{work.namespace}"):
        return None
    return f"there is no namespace {work.namespace}"


def _taken(work: Work, live: Object) -> str:
    makers = ", ".join(filter(None, managers(live))) or "somebody else"
    return (
        f"{work.kind.name} {work.id} exists already, made by {makers}; import it, give this one another name, or set "
        f"only some of its fields by a {work.kind.name}Patch"
    )


def _once_ready(work: Work, live: Object) -> Properties:
    """The outputs once the object is what was asked for."""
    found = rule(work.kind, work.inputs, controllers=work.controllers)
    if found is None:
        return _outputs(work, live)
    latest = live
    failed_before = found(live, work.cluster).failed

    def missing() -> str | None:
        nonlocal latest
        there = work.live()
        if there is None:
            raise WaitError("it was deleted while it was awaited")
        latest = there
        standing = found(latest, work.cluster)
        if standing.failed and (not failed_before or work.waiter.elapsed > _RECOVERY_SECONDS):
            raise WaitError(f"{work.kind.name} {work.id} has failed: {standing.missing}")
        return standing.missing or None

    try:
        work.waiter.until(f"{work.kind.name} {work.id}", missing)
    except (WaitError, ApiError, UnreachableError) as error:
        raise IncompleteError(str(error), work.id, _outputs(work, latest)) from error
    return _outputs(work, latest)


def _outputs(work: Work, live: Object) -> Properties:
    return with_secrets(state_of(live, work.manager), work.kind)


def read(work: Work) -> tuple[Properties, Properties] | None:
    """The inputs and outputs of the object as it is; None where it has gone.

    An import has no old inputs and takes over all that the object says.
    Raises IncompleteError where it is there and has failed.
    """
    try:
        live = work.live()
    except UnknownKindError:
        return None  # its definition has gone, and all objects with it
    if live is None:
        return None
    inputs = with_secrets(_inputs_of(work, live), work.kind)
    state = _outputs(work, live)
    found = rule(work.kind, work.inputs, controllers=work.controllers) if work.old_inputs else None
    standing = found(live, work.cluster) if found else None
    if standing and standing.failed:
        reason = f"{work.kind.name} {work.id} has failed: {standing.missing}"
        raise IncompleteError(reason, work.id, state, inputs)
    return inputs, state


def _inputs_of(work: Work, live: Object) -> Properties:
    if not work.old_inputs:
        return as_declared(live)
    try:
        wanted = work.tried(work.old_inputs, force=True)
    except ApiError:  # what was asked for once can't be had any more: all that differs is drift
        wanted = work.old_inputs
    if as_declared(wanted) == as_declared(live):
        return work.old_inputs
    return inputs_as_they_are(work.old_inputs, wanted, live)


def delete(work: Work) -> None:
    """Delete the object and wait until it has gone; give back a patch's fields. Raises RefusedError, WaitError."""
    try:
        path = work.path
    except UnknownKindError:
        return  # its definition has gone, and all objects with it
    with explaining(work.kind, work.cluster):
        if work.kind.patch:
            _relinquish(work)
            return
        work.waiter.until(f"the end of {work.kind.name} {work.id}", lambda: _remaining(work, path))


def _relinquish(work: Work) -> None:
    live = work.live()
    if live is None or work.manager not in managers(live):
        return
    place = {name: value for name, value in metadata(work.inputs).items() if name in ("name", "namespace")}
    replace(work, inputs={"metadata": place}).apply()


def _remaining(work: Work, path: str) -> str | None:
    """What keeps the object from going, which is asked to go; None once it has gone."""
    live = work.cluster.find(path)
    if live is None:
        return None
    if not metadata(live).get("deletionTimestamp"):
        propagation = annotation(work.inputs, DELETION_PROPAGATION) or "foreground"
        return "asked to go" if work.cluster.delete(path, propagation.capitalize()) else None
    conditions = (live.get("status") or {}).get("conditions") or ()
    told = [found["message"] for found in conditions if found.get("status") == "True" and found.get("message")]
    finalizers = [*(metadata(live).get("finalizers") or ()), *((live.get("spec") or {}).get("finalizers") or ())]
    reasons = told if work.kind.key == "Namespace" else []
    return "; ".join([*reasons, f"finalizers: {', '.join(finalizers) or 'none'}"])
