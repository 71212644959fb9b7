"""Whether a resource's inputs can work, as far as that can be known before anything is made."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.declaration import Call, Declaration
from sandbox.aws.provider.sdk import PropertyType, resource_type
from sandbox.aws.provider.work import encoded, has_place
from sandbox.provider.values import UNKNOWN, Asset, Properties, Value

_PYTHON_TYPES: dict[str, Any] = {
    "string": (str, int, float, bool),  # the engine passes them on as the program gave them; AWS gets their text
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "list": (list,),
    "map": (dict,),
    "object": (dict,),
    "asset": (Asset,),
}


@dataclass(frozen=True)
class Failure:
    """One input that cannot work: its property path and why."""

    path: str
    reason: str


def handled_inputs(declaration: Declaration) -> set[str]:
    """The inputs that a declaration handles, its own and those of every type."""
    common = {"region"} | ({"tags"} if declaration.tagging else set())
    return {*declaration.inputs, *common} & set(resource_type(declaration.type).inputs)


def failures(declaration: Declaration, cloud: Cloud, inputs: Properties) -> list[Failure]:
    """Everything that is wrong with the inputs."""
    found = [*_unhandled(declaration, inputs), *_missing(declaration, inputs), *_wrong_types(declaration, inputs)]
    if found:
        return found  # what follows reads the inputs, and relies on their types
    found += _conflicting(declaration, inputs)
    if inputs.get("region", cloud.region) not in (cloud.region, UNKNOWN):
        found.append(Failure("region", f"is {inputs['region']!r}, and the provider is configured for {cloud.region!r}"))
    found += _wrong_values(declaration, cloud, inputs)
    if declaration.check is not None:
        found += [Failure(path, reason) for path, reason in declaration.check(inputs)]
    return found


def _unhandled(declaration: Declaration, inputs: Properties) -> Iterable[Failure]:
    handled = handled_inputs(declaration)
    known = resource_type(declaration.type).inputs
    for name in inputs:
        if name in handled:
            continue
        nearest = difflib.get_close_matches(name, handled if name in known else known, n=1, cutoff=0.5)
        hint = f"; the nearest that is: {nearest[0]}" if nearest else ""
        what = "is not handled by the sandbox's" if name in known else "is not a property of"
        yield Failure(name, f"{what} {declaration.type}{hint}")


def _missing(declaration: Declaration, inputs: Properties) -> Iterable[Failure]:
    for name in sorted(resource_type(declaration.type).required - inputs.keys()):
        yield Failure(name, f"is required by {declaration.type}")


def _wrong_types(declaration: Declaration, inputs: Properties) -> list[Failure]:
    types = resource_type(declaration.type).inputs
    found: list[Failure] = []
    for name, value in inputs.items():
        if name in types:
            _check_type(types[name], name, value, found)
    return found


def _check_type(of: PropertyType, path: str, value: Value, found: list[Failure]) -> None:
    if value is UNKNOWN or value is None or of.kind == "any":
        return
    if not isinstance(value, _PYTHON_TYPES[of.kind]) or (of.kind in ("integer", "number") and isinstance(value, bool)):
        found.append(Failure(path, f"must be of type {of.kind}, not {type(value).__name__}"))
    elif of.kind == "object":
        _check_object(of, path, value, found)
    elif of.kind == "list":
        for index, item in enumerate(value):
            _check_type(of.items, f"{path}[{index}]", item, found)
    elif of.kind == "map":
        for key, item in value.items():
            _check_type(of.items, f'{path}["{key}"]', item, found)


def _check_object(of: PropertyType, path: str, value: Mapping[str, Value], found: list[Failure]) -> None:
    for name, item in value.items():
        if name in of.fields:
            _check_type(of.fields[name], f"{path}.{name}", item, found)
        else:
            nearest = difflib.get_close_matches(name, of.fields, n=1, cutoff=0.5)
            hint = f"; the nearest that is: {nearest[0]}" if nearest else ""
            found.append(Failure(f"{path}.{name}", f"is not a property of {path}{hint}"))
    found += [Failure(f"{path}.{name}", "is required") for name in sorted(of.required - value.keys())]


def _conflicting(declaration: Declaration, inputs: Properties) -> Iterable[Failure]:
    naming = declaration.naming
    pairs = declaration.conflicts
    if naming is not None and naming.prefix_input is not None:
        pairs = (*pairs, (naming.input, naming.prefix_input))
    for left, right in pairs:
        if left in inputs and right in inputs:
            yield Failure(right, f"conflicts with {left}: give one of them")


def _wrong_values(declaration: Declaration, cloud: Cloud, inputs: Properties) -> list[Failure]:
    """What botocore's models of the calls say of the values: types, enumerations, ranges and patterns."""
    found: list[Failure] = []
    candidates = [declaration.create, *declaration.validate, *(update.call for update in declaration.updates)]
    shapes = [cloud.input_shape(declaration.service, call.method) for call in candidates if isinstance(call, Call)]
    for name, value in inputs.items():
        spec = declaration.inputs.get(name)
        if spec is None or value is UNKNOWN:
            continue
        shape = next((shape for shape in shapes if has_place(spec, name, shape)), None)
        if shape is not None:
            list(encoded(spec, name, value, shape, lambda path, reason: found.append(Failure(path, reason))))
    return found
