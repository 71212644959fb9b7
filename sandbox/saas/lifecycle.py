"""Creating, reading, updating and deleting what a vendor has of us, in its record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.provider.diffing import Change, Difference, changed_paths
from sandbox.provider.sdk import resource_type
from sandbox.provider.values import UNKNOWN, Properties, contains_unknown
from sandbox.saas.declaration import Made, Recorded
from sandbox.saas.record import Entry, GoneError, Record
from sandbox.saas.write_only import restored, without


@dataclass(frozen=True, kw_only=True)
class Found:
    """A resource as its vendor has it: its id, the inputs that would make it so, and its outputs."""

    id: str
    inputs: Properties
    outputs: Properties


def differences(declared: Recorded, old: Properties, new: Properties) -> list[Difference]:
    """How the new inputs differ from those that the resource was last made of."""
    return list(_differences(declared, old, new))


def _differences(declared: Recorded, old: Properties, new: Properties) -> Iterator[Difference]:
    replacing = declared.replaces | declared.replaces_by_content(old, new)
    for name in sorted({*old, *new}):
        if declared.same(name, old.get(name), new.get(name)):
            continue
        change = Change.REPLACES if name in replacing else Change.UPDATES
        for path, kind in changed_paths(name, old.get(name), new.get(name)):
            yield Difference(path, name, kind, change)


def foreseen(declared: Recorded, inputs: Properties) -> Properties:
    """The outputs of a new resource that a preview can promise: what the vendor adds isn't known before."""
    return dict.fromkeys(("id", *resource_type(declared.type).outputs), UNKNOWN) | inputs


def foreseen_change(declared: Recorded, state: Properties, old: Properties, new: Properties) -> Properties:
    """The outputs of a changed resource that a preview can promise."""
    kept = {name: value for name, value in state.items() if name not in old}
    return {**kept, **new, **dict.fromkeys(declared.changes, UNKNOWN)}


def create(record: Record, declared: Recorded, inputs: Properties) -> Found:
    """Make the resource. Raises TakenError where the vendor has it already, ValueError where an input isn't known."""
    _require_known(inputs)
    resource_id = declared.id(inputs)
    made = Made(inputs, resource_id)
    entry = Entry(
        id=resource_id,
        inputs=without(inputs, declared.write_only),
        added={name: add(made) for name, add in declared.adds.items() if name not in inputs},
    )
    record.add(declared.type, declared.place_of(resource_id, inputs), entry, over=declared.settings)
    return _found(resource_id, inputs, entry.added)


def update(record: Record, declared: Recorded, resource_id: str, state: Properties, inputs: Properties) -> Found:
    """Change the resource. Raises GoneError where the vendor has it no more, ValueError where an input isn't known."""
    _require_known(inputs)
    place = declared.place_of(resource_id, state)
    entry = record.find(declared.type, place)
    if entry is None:
        raise GoneError(f"there is no {declared.type} {place} any more: `pulumi refresh` takes note of it")
    made = Made(inputs, resource_id, entry.added)
    changed = {name: add(made) for name, add in declared.adds.items() if name in declared.changes}
    added = {name: value for name, value in {**entry.added, **changed}.items() if name not in inputs}
    record.replace(
        declared.type, place, Entry(id=resource_id, inputs=without(inputs, declared.write_only), added=added)
    )
    return _found(resource_id, inputs, added)


def read(record: Record, declared: Recorded, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
    """The resource as its vendor has it; None where it has it no more.

    resource_id: of an import, which has no state, how that names it.
    inputs: those of the program, which have what the vendor never answers.
    """
    place = declared.place_of(resource_id, state) if state else declared.full_place(resource_id)
    entry = record.find(declared.type, place)
    if entry is None:
        return None
    actual = restored(entry.inputs, inputs, declared.write_only)
    return _found(entry.id, actual, entry.added)


def delete(record: Record, declared: Recorded, resource_id: str, state: Properties) -> None:
    """Have the vendor forget the resource; nothing, where it has gone already."""
    record.remove(declared.type, declared.place_of(resource_id, state))


def _found(resource_id: str, inputs: Properties, added: Properties) -> Found:
    """A resource with the outputs that a provider made from a Terraform one has: the id is among them."""
    return Found(id=resource_id, inputs=inputs, outputs={**inputs, **added, "id": resource_id})


def _require_known(inputs: Properties) -> None:
    if contains_unknown(inputs):
        raise ValueError("some inputs are not known, though this is no preview")
