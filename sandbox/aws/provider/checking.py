"""Whether a resource's inputs can work, as far as that can be known before anything is made."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.declaration import Call, Declaration
from sandbox.aws.provider.work import encoded, has_place
from sandbox.provider.checking import PYTHON_TYPES, Failure, missing, nearest, wrong_types
from sandbox.provider.sdk import resource_type
from sandbox.provider.values import UNKNOWN, Properties

# The engine passes strings on as the program gave them; AWS gets their text.
_PYTHON_TYPES = {**PYTHON_TYPES, "string": (str, int, float, bool)}


def handled_inputs(declaration: Declaration) -> set[str]:
    """The inputs that a declaration handles, its own and those of every type."""
    common = {"region"} | ({"tags"} if declaration.tagging else set())
    return {*declaration.inputs, *common} & set(resource_type(declaration.type).inputs)


def failures(declaration: Declaration, cloud: Cloud, inputs: Properties) -> list[Failure]:
    """Everything that is wrong with the inputs."""
    of = resource_type(declaration.type)
    found = [*_unhandled(declaration, inputs), *missing(of, inputs), *wrong_types(of, inputs, _PYTHON_TYPES)]
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
        what = "is not handled by the sandbox's" if name in known else "is not a property of"
        yield Failure(name, f"{what} {declaration.type}{nearest(name, handled if name in known else known)}")


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
