"""From pulumi-aws's spelling of a value to the AWS API's and back, driven by botocore's and the SDK's types.

pulumi-aws writes `blockDeviceMappings: [{ebs: {volumeSize}}]` where the API has `BlockDeviceMappings`; it names a list
of at most one structure in the singular and drops the list around it; it has strings where the API has numbers. All of
that follows from the two types of a value. What does not follow is given as `names`: SDK name → API name, at any depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sandbox.provider.sdk import PropertyType
from sandbox.provider.values import UNKNOWN, Properties, Value

Fault = Callable[[str, str], None]
"""Takes a property path and what is wrong there."""

Names = Mapping[str, str]


@cache
def normalised(name: str) -> str:
    """The part of a name that casing does not change."""
    return name.replace("_", "").replace("-", "").lower()


def member_name(shape: StructureShape, name: str, names: Names) -> str | None:
    """The API's name for a structure's member that pulumi-aws calls `name`."""
    wanted = normalised(names.get(name, name))
    members = {normalised(member): member for member in shape.members}
    for candidate in (wanted, f"{wanted}s", wanted.removesuffix("s")):
        if candidate in members:
            return members[candidate]
    return None


def to_api(value: Value, shape: Shape, path: str, names: Names, fault: Fault) -> Any:
    """The API's value for a pulumi-aws value, checked against botocore's model on the way.

    What is not known yet is left out. Each thing wrong is told to `fault`, with its property path.
    """
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(shape, StructureShape):
        return _structure(value, shape, path, names, fault)
    if isinstance(shape, ListShape):
        return _list(value, shape, path, names, fault)
    if isinstance(shape, MapShape):
        return _map(value, shape, path, names, fault)
    return _scalar(value, shape, path, fault)


def _structure(value: Value, shape: StructureShape, path: str, names: Names, fault: Fault) -> Any:
    if not isinstance(value, Mapping):
        fault(path, f"must be an object, not {_described(value)}")
        return UNKNOWN
    structure: Properties = {}
    for name, item in value.items():
        member = member_name(shape, name, names)
        if member is None:
            fault(f"{path}.{name}", "is not handled by the sandbox: the API call has no such member")
            continue
        structure[member] = to_api(item, shape.members[member], f"{path}.{name}", names, fault)
    missing = [member for member in shape.required_members if member not in structure]
    for member in missing:
        fault(path, f"lacks {member[0].lower()}{member[1:]}, which AWS requires")
    return {member: item for member, item in structure.items() if item is not UNKNOWN}


def _list(value: Value, shape: ListShape, path: str, names: Names, fault: Fault) -> Any:
    if isinstance(value, Mapping) and _holds_pairs(shape.member):
        value = [{"key": key, "value": item} for key, item in value.items()]
    items = value if isinstance(value, list) else [value]  # pulumi-aws drops a list of at most one
    bounds = shape.metadata
    if not bounds.get("min", 0) <= len(items) <= bounds.get("max", len(items)):
        fault(path, f"must have {_range(bounds)} items, not {len(items)}")
    converted = [to_api(item, shape.member, f"{path}[{index}]", names, fault) for index, item in enumerate(items)]
    return [item for item in converted if item is not UNKNOWN]


def _holds_pairs(member: Shape) -> bool:
    """Whether a list is of key and value, which pulumi-aws has as a map."""
    return isinstance(member, StructureShape) and set(member.members) == {"Key", "Value"}


def _map(value: Value, shape: MapShape, path: str, names: Names, fault: Fault) -> Any:
    if not isinstance(value, Mapping):
        fault(path, f"must be a map, not {_described(value)}")
        return UNKNOWN
    converted = {key: to_api(item, shape.value, f'{path}["{key}"]', names, fault) for key, item in value.items()}
    return {key: item for key, item in converted.items() if item is not UNKNOWN}


def _scalar(value: Value, shape: Shape, path: str, fault: Fault) -> Any:
    try:
        converted = _CONVERSIONS[shape.type_name](value)
    except KeyError:
        return value
    except (TypeError, ValueError):
        fault(path, f"must be a {shape.type_name}, not {_described(value)}")
        return UNKNOWN
    if shape.type_name == "string":
        _check_string(converted, shape, path, fault)
    elif shape.type_name in ("integer", "long", "float", "double"):
        bounds = shape.metadata
        if not bounds.get("min", converted) <= converted <= bounds.get("max", converted):
            fault(path, f"must be {_range(bounds)}, not {converted}")
    return converted


def _check_string(value: str, shape: Shape, path: str, fault: Fault) -> None:
    metadata = shape.metadata
    allowed = metadata.get("enum")
    if allowed and value not in allowed:
        shown = ", ".join(allowed[:12]) + (" …" if len(allowed) > 12 else "")
        fault(path, f"must be one of {shown}, not {value!r}")
    if not metadata.get("min", 0) <= len(value) <= metadata.get("max", len(value)):
        fault(path, f"must have {_range(metadata)} characters, not {len(value)}")
    pattern = _pattern(metadata.get("pattern"))
    if pattern is not None and not pattern.fullmatch(value):
        fault(path, f"must match {metadata['pattern']}, and {value!r} does not")


@cache
def _pattern(expression: str | None) -> re.Pattern[str] | None:
    """The model's pattern, or None where it is in a dialect that Python does not read."""
    if expression is None:
        return None
    try:
        return re.compile(expression.replace(r"\p{L}\p{Z}\p{N}", r"\w\s").replace(r"\x{", r"\u{"), re.DOTALL)
    except re.error:
        return None


def _string(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError(value)


def _boolean(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[value] if value in ("true", "false") else _refuse(value)


def _integer(value: Value) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        _refuse(value)
    return int(value)


def _number(value: Value) -> float:
    return float(_refuse(value) if isinstance(value, bool) else value)


def _refuse(value: Value) -> Any:
    raise TypeError(value)


_CONVERSIONS: dict[str, Callable[[Value], Any]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "long": _integer,
    "float": _number,
    "double": _number,
}


def _range(bounds: Mapping[str, Any]) -> str:
    if "min" in bounds and "max" in bounds:
        return f"from {bounds['min']} to {bounds['max']}"
    return f"at least {bounds['min']}" if "min" in bounds else f"at most {bounds['max']}"


def _described(value: Value) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return repr(value)


def from_api(value: Any, wanted: PropertyType, names: Names) -> Value:
    """The pulumi-aws value for what the API answered, of the SDK's type `wanted`; None where there is nothing."""
    if value is None:
        return None
    if isinstance(value, list) and wanted.kind in _CONVERSIONS:
        return from_api(value[0], wanted, names) if value else None  # pulumi-aws drops a list of at most one
    match wanted.kind:
        case "object":
            return _object(value, wanted, names)
        case "list":
            items = value if isinstance(value, list) else [value]
            return [converted for item in items if (converted := from_api(item, wanted.items, names)) is not None]
        case "map":
            pairs = value if isinstance(value, Mapping) else {pair["Key"]: pair["Value"] for pair in value}
            return {key: from_api(item, wanted.items, names) for key, item in pairs.items()}
        case "string":
            return _text(value)
        case "boolean":
            return _boolean(value)
        case "integer":
            return _integer(value)
        case "number":
            return _number(value)
        case _:
            return value


def _object(value: Any, wanted: PropertyType, names: Names) -> Value:
    structure = value[0] if isinstance(value, list) and value else value
    if not isinstance(structure, Mapping):
        return None
    answered = {normalised(member): item for member, item in structure.items()}
    fields: Properties = {}
    for name, field_type in wanted.fields.items():
        wanted_name = normalised(names.get(name, name))
        item = next((answered[n] for n in (wanted_name, f"{wanted_name}s") if n in answered), None)
        converted = from_api(item, field_type, names)
        if converted is not None:
            fields[name] = converted
    return fields


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return _string(value)
