"""Creating, reading, updating and deleting a resource as its declaration says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sandbox.aws.provider import tagging
from sandbox.aws.provider.casing import from_api, normalised
from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.comparison import reconciled, same
from sandbox.aws.provider.declaration import Call, Input, Model, Update
from sandbox.aws.provider.picking import pick
from sandbox.aws.provider.work import Work
from sandbox.provider.refusing import IncompleteError
from sandbox.provider.sdk import PropertyType
from sandbox.provider.values import UNKNOWN, Properties, Value
from sandbox.provider.waiting import WaitError

# A network interface or a rule of something deleted a moment ago still counts as a dependency for a while.
_DEPENDENCY_CODES = frozenset({"DependencyViolation", "ResourceInUse", "DeleteConflict"})
_DEPENDENCY_SECONDS = 30.0


def create(work: Work) -> Properties:
    """Make the resource, set `work.id`, and answer its outputs.

    Raises CloudError where nothing was made, IncompleteError where something was.
    """
    declaration = work.declaration
    if isinstance(declaration.create, Call):
        result = work.perform(declaration.create, work.inputs.keys() & declaration.inputs, tagging.at_creation(work))
        work.id = str(work.filled(declaration.id)) if declaration.id else str(result)
    else:
        work.id = declaration.create(work)
    try:
        _complete(work)
        return outputs(work, _existing(work))
    except (CloudError, WaitError, ValueError) as error:
        raise IncompleteError(str(error), work.id, _partial_outputs(work)) from error


def _complete(work: Work) -> None:
    """Bring about what the create call does not take, then wait until the resource is ready."""
    declaration = work.declaration
    taken = declaration.create if isinstance(declaration.create, Call) else None
    pending = {name for name in work.inputs if taken is None or not _taken(work, taken, name)}
    updates = [update for update in declaration.updates if update.after_create and pending & set(update.inputs)]
    untagged = declaration.tagging is not None and not declaration.tagging.create and tagging.wanted_tags(work)
    if updates or untagged:
        work.state = _answered(work, _existing(work))
        for update in updates:
            _apply(work, update, pending)
        if untagged:
            tagging.bring_about(work, {})
    if declaration.settle is not None:
        declaration.settle(work)


def _taken(work: Work, call: Call, name: str) -> bool:
    spec = work.declaration.inputs.get(name)
    return spec is None or spec.local or work.takes(call, name)


def _apply(work: Work, update: Update, changed: Iterable[str]) -> None:
    if not isinstance(update.call, Call):
        update.call(work)
        return
    touched = [name for name in update.inputs if name in changed]
    if update.each:
        for name in touched:
            work.perform(update.call, [name])
    else:
        work.perform(update.call, touched if update.changed_only else update.inputs)


def update(work: Work) -> Properties:
    """Change the resource, and answer its outputs. Raises CloudError, IncompleteError."""
    declaration = work.declaration
    try:
        for candidate in declaration.updates:
            if work.changed & set(candidate.inputs):
                _apply(work, candidate, work.changed)
        if declaration.tagging and work.state.get("tagsAll") != tagging.wanted_tags(work):
            tagging.bring_about(work, tagging.read(work, _existing(work)))
        if declaration.settle_update is not None:
            declaration.settle_update(work)
        return outputs(work, _existing(work))
    except WaitError as error:
        raise IncompleteError(str(error), work.id, _partial_outputs(work)) from error


def delete(work: Work) -> None:
    """Delete the resource; one that has gone already is deleted."""
    declaration = work.declaration
    if declaration.delete is None:
        return
    work.waiter.until(f"{declaration.type} {work.id} to be free of dependencies", lambda: _try_delete(work), 1.0)
    if declaration.wait_gone:
        work.waiter.until(f"{declaration.type} {work.id} to be gone", lambda: _standing(work))


def _try_delete(work: Work) -> str | None:
    declaration = work.declaration
    try:
        if isinstance(declaration.delete, Call):
            work.perform(declaration.delete)
        elif declaration.delete is not None:
            declaration.delete(work)
    except CloudError as error:
        if error.gone:
            return None
        if error.code in _DEPENDENCY_CODES and work.waiter.elapsed < _DEPENDENCY_SECONDS:
            return str(error)
        raise
    return None


def _standing(work: Work) -> str | None:
    model = model_of(work)
    if model is None:
        return None
    status = next((value for key, value in model.items() if re.search(r"(?:State|Status)$", key)), "still there")
    return str(status)


def model_of(work: Work) -> Model | None:
    """What AWS says of the resource; None where it has gone."""
    declaration = work.declaration
    try:
        model = work.perform(declaration.read) if isinstance(declaration.read, Call) else declaration.read(work)
        if model and declaration.extend is not None:
            declaration.extend(work, model)
    except CloudError as error:
        if error.gone:
            return None
        raise
    return model


def _existing(work: Work) -> Model:
    model = model_of(work)
    if model is None:
        raise WaitError(f"{work.declaration.type} {work.id} has gone")
    return model


def adopt_id(work: Work) -> None:
    """Take the properties that an imported id is made of from the id.

    Raises ValueError where the id has another form.
    """
    template = work.declaration.id
    if not template:
        return
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(template))
    found = re.fullmatch(pattern, work.id)
    if found is None:
        raise ValueError(f"the id of {work.declaration.type} has the form {template}, not {work.id!r}")
    work.state = {**found.groupdict(), **work.state}


def outputs(work: Work, model: Model) -> Properties:
    """The resource's output properties: what the inputs say, and over it what AWS says."""
    known = {name: value for name, value in work.inputs.items() if value is not UNKNOWN}
    return known | _answered(work, model)


def _answered(work: Work, model: Model) -> Properties:
    """The outputs as AWS says them."""
    declaration = work.declaration
    found: Properties = {}
    for name, of in work.schema.outputs.items():
        value = _output(work, model, name, of)
        if value is not None:
            found[name] = value
    if declaration.tagging is not None:
        tags = tagging.read(work, model)
        found["tagsAll"] = tags
        found["tags"] = {key: value for key, value in tags.items() if work.default_tags.get(key) != value}
    found["region"] = work.cloud.region
    return {name: value for name, value in found.items() if name in work.schema.outputs}


def _output(work: Work, model: Model, name: str, of: PropertyType) -> Value:
    spec = work.declaration.inputs.get(name)
    if name in work.declaration.outputs:
        return from_api(pick(work.declaration.outputs[name], model), of, {})
    if name == "region" or (name in ("tags", "tagsAll") and spec is None):
        return None
    return read_input(spec, name, of, model) if spec else from_api(_member(model, name), of, {})


def read_input(spec: Input, name: str, of: PropertyType, model: Model) -> Value:
    """What the model says of an input; None where it says nothing."""
    if spec.local or spec.write_only:
        return None
    if spec.spread and not spec.read:
        fields = {field: pick(path, model) for field, path in spec.spread.items()}
        return from_api({field: value for field, value in fields.items() if value is not None} or None, of, spec.names)
    path = spec.read or spec.api.split("|")[0]
    found: Any = pick(path, model) if path else _member(model, name)
    if spec.decode is not None:
        return None if found is None else spec.decode(found)
    return from_api(found, of, spec.names)


def _member(model: Model, name: str) -> Any:
    wanted = normalised(name)
    for candidate in (wanted, f"{wanted}s"):
        for member, value in model.items():
            if normalised(member) == candidate:
                return value
    return None


def inputs_as_they_are(work: Work, model: Model) -> Properties:
    """The inputs that would make the resource what AWS says it is.

    For a resource of this program only what its inputs set is taken, and what drifted from AWS's defaults; for one to
    be imported, all that is not AWS's default.
    """
    importing = not work.old_inputs
    found = {name: value for name, value in work.old_inputs.items() if name not in work.schema.inputs}
    for name, of in work.schema.inputs.items():
        value = _input_as_it_is(work, model, name, of, importing=importing)
        if value is not None:
            found[name] = value
    if importing:
        for left, right in work.declaration.conflicts:
            if left in found:
                found.pop(right, None)
    return found


def _input_as_it_is(work: Work, model: Model, name: str, of: PropertyType, *, importing: bool) -> Value:
    old = work.old_inputs.get(name)
    if name == "tags" and work.declaration.tagging is not None:
        tags = {k: v for k, v in tagging.read(work, model).items() if work.default_tags.get(k) != v}
        return old if old == tags else (tags or (old and {}))
    spec = work.declaration.inputs.get(name)
    if spec is None or spec.local or spec.write_only:
        return old
    actual = read_input(spec, name, of, model)
    if old is not None:
        return old if actual is None and old == spec.default else reconciled(spec, of, old, actual)
    drifted = spec.default is not None and actual is not None and not _is_default(spec, of, actual)
    required = name in work.schema.required
    if importing and (required or (spec.default is None or drifted)):
        return actual if required or actual not in ("", [], {}) else None
    return actual if drifted else None


def _is_default(spec: Input, of: PropertyType, actual: Value) -> bool:
    return same(spec, spec.default, reconciled(spec, of, spec.default, actual))


def _partial_outputs(work: Work) -> Properties:
    """The outputs of a resource that is not all it should be, as far as AWS answers."""
    try:
        model = model_of(work)
    except CloudError:
        model = None
    return outputs(work, model) if model else {**work.state, **work.inputs}


def foreseen(work: Work) -> Properties:
    """The outputs that a preview can promise: what isn't known before the call is unknown."""
    if not work.id:
        return dict.fromkeys(work.schema.outputs, UNKNOWN) | _completed(work) | {"region": work.cloud.region}
    volatile = work.declaration.volatile(work) if work.declaration.volatile else set()
    kept = {name: value for name, value in work.state.items() if name not in work.declaration.inputs}
    if work.declaration.tagging and "tags" in work.changed:
        kept["tagsAll"] = tagging.wanted_tags(work)
    computed = {
        name: value
        for name, value in work.state.items()
        if name in work.declaration.inputs and name not in work.old_inputs
    }
    return {**kept, **computed, **_with_what_was_added(work), **dict.fromkeys(volatile, UNKNOWN)}


def _with_what_was_added(work: Work) -> Properties:
    """The inputs; what the cloud has added to an object stays in it."""
    objects = {name for name, of in work.schema.outputs.items() if of.kind == "object"}
    found: Properties = {}
    for name, value in work.inputs.items():
        state = work.state.get(name)
        if name in objects and isinstance(value, dict) and isinstance(state, dict):
            found[name] = {**state, **value}
        else:
            found[name] = value
    return found


def _completed(work: Work) -> Properties:
    """The inputs; what is not given of an object the cloud may add, and so isn't known yet."""
    fields = {name: of.fields for name, of in work.schema.outputs.items() if of.kind == "object"}
    return {
        name: dict.fromkeys(fields[name], UNKNOWN) | value if name in fields and isinstance(value, dict) else value
        for name, value in work.inputs.items()
    }
