"""One operation on one resource: what the engine asked for, and the calls that its declaration makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import StructureShape

from sandbox.aws.provider.casing import Fault, member_name, to_api
from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.declaration import Call, Declaration, Input, Model
from sandbox.aws.provider.picking import pick
from sandbox.provider.sdk import ResourceType, resource_type
from sandbox.provider.values import UNKNOWN, Properties, Value, contains_unknown
from sandbox.provider.waiting import Waiter

_WHOLE_TEMPLATE = re.compile(r"\{(\w+)\}")


@dataclass
class Work:
    """One operation on one resource.

    name: the logical name. inputs: those to bring about. old_inputs: those of the resource as it is.
    state: its outputs as last known. changed: the inputs that differ.
    """

    declaration: Declaration
    cloud: Cloud
    waiter: Waiter
    name: str
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    old_inputs: Properties = field(default_factory=dict)
    state: Properties = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    default_tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> ResourceType:
        """What pulumi-aws says of the type."""
        return resource_type(self.declaration.type)

    @property
    def known(self) -> Mapping[str, Value]:
        """The properties, as the inputs say or else as last read."""
        return {**self.state, **self.inputs}

    def get(self, name: str, otherwise: Value = None) -> Value:
        """An input, or what AWS has where it isn't set."""
        if name in self.inputs:
            return self.inputs[name]
        spec = self.declaration.inputs.get(name)
        return spec.default if spec and spec.default is not None else otherwise

    def call(self, method: str, *, service: str = "", **parameters: Any) -> Any:
        """Call the cloud. Raises CloudError."""
        return self.cloud.call(service or self.declaration.service, method, **parameters)

    def find(self, result: str, method: str, *, service: str = "", **parameters: Any) -> Any:
        """Call the cloud and pick from the answer by JMESPath."""
        return pick(result, self.call(method, service=service, **parameters))

    def perform(self, call: Call, names: Iterable[str] = (), more: Mapping[str, Any] | None = None) -> Any:
        """Make a declared call with these inputs and `more` parameters, and answer its result."""
        return pick(call.result, self.call(call.method, **self._parameters(call, names, more or {})))

    def _parameters(self, call: Call, names: Iterable[str], more: Mapping[str, Any]) -> Model:
        parameters: Model = {}
        shape = self.cloud.input_shape(self.declaration.service, call.method)
        for name in names:
            value = self.get(name)
            if value is not None:
                for path, item in encoded(self.declaration.inputs[name], name, value, shape, _raise):
                    _place(parameters, path, item)
        parameters |= {**self.filled(call.parameters), **more}
        if call.adjust is not None:
            call.adjust(self, parameters)
        return parameters

    def takes(self, call: Call, name: str) -> bool:
        """Whether a call has a parameter for an input."""
        shape = self.cloud.input_shape(self.declaration.service, call.method)
        return has_place(self.declaration.inputs[name], name, shape)

    def filled(self, template: Any) -> Any:
        """A template with the resource's id and properties in it."""
        if isinstance(template, Mapping):
            return {key: self.filled(item) for key, item in template.items()}
        if isinstance(template, list):
            return [self.filled(item) for item in template]
        if not isinstance(template, str):
            return template
        known = {**self.known, "id": self.id}
        whole = _WHOLE_TEMPLATE.fullmatch(template)
        return known[whole[1]] if whole else template.format_map(known)


def has_place(spec: Input, name: str, shape: StructureShape) -> bool:
    """Whether a call has a parameter for an input."""
    if spec.spread:
        return all(_destination(path, exact=True, shape=shape) for path in spec.spread.values())
    return _of_input(spec, name, shape) is not None


def encoded(
    spec: Input, name: str, value: Value, shape: StructureShape, fault: Fault
) -> Iterator[tuple[list[str], Any]]:
    """An input's places in a call's parameters and its values there; nothing where the call has no place for it."""
    if value is UNKNOWN or not has_place(spec, name, shape):
        return
    if spec.spread:
        yield from _spread(spec, name, value, shape, fault)
        return
    found = _of_input(spec, name, shape)
    if found is None:
        return
    path, at = found
    if spec.encode is not None and contains_unknown(value):
        return  # checked once it is known
    if spec.encode is None:
        yield path, to_api(value, at, name, spec.names, fault)
        return
    try:
        yield path, spec.encode(value)
    except ValueError as error:
        fault(name, str(error))


def _spread(
    spec: Input, name: str, value: Value, shape: StructureShape, fault: Fault
) -> Iterator[tuple[list[str], Any]]:
    for field_name, item in value.items():
        target = spec.spread.get(field_name)
        found = _destination(target, exact=True, shape=shape) if target else None
        if found is None:
            fault(f"{name}.{field_name}", f"is not handled by the sandbox; handled: {', '.join(spec.spread)}")
        elif item is not UNKNOWN:
            yield found[0], to_api(item, found[1], f"{name}.{field_name}", spec.names, fault)


def _of_input(spec: Input, name: str, shape: StructureShape) -> tuple[list[str], Any] | None:
    if spec.local:
        return None
    candidates = (_destination(path, exact=bool(spec.api), shape=shape) for path in (spec.api or name).split("|"))
    return next((found for found in candidates if found is not None), None)


def _destination(dotted: str, *, exact: bool, shape: StructureShape) -> tuple[list[str], Any] | None:
    """The path and the shape where a dotted parameter goes; None where the call has no such place."""
    path: list[str] = []
    at: Any = shape
    for part in dotted.split("."):
        member = part if exact and part in at.members else None if exact else member_name(at, part, {})
        if member is None:
            return None
        path.append(member)
        at = at.members[member]
    return path, at


def _place(parameters: Model, path: list[str], value: Any) -> None:
    if value is UNKNOWN:
        return
    for part in path[:-1]:
        parameters = parameters.setdefault(part, {})
    parameters[path[-1]] = value


def _raise(path: str, reason: str) -> None:
    raise ValueError(f"{path} {reason}")
