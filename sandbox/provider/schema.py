"""The package schema of what the sandbox serves, as `pulumi import` and `pulumi package get-schema` read it.

It is drawn from the SDK's own types: a type's every property is in it, also those that the sandbox does not handle and
refuses by name.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from typing import Any

from sandbox.provider.sdk import SDKS, PropertyType, ResourceType, resource_type

# https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
_SCALARS = {"string": "string", "boolean": "boolean", "integer": "integer", "number": "number"}

_PACKAGES = {sdk.module: package for package, sdk in SDKS.items()}

Spec = dict[str, Any]


@cache
def package_schema(package: str, tokens: tuple[str, ...]) -> str:
    """The schema of these types as JSON. The first call imports all of the SDK's modules that they are in."""
    types: dict[str, Spec] = {}
    resources = {token: _resource(resource_type(token), types) for token in sorted(tokens)}
    released = version(SDKS[package].distribution)
    return json.dumps({"name": package, "version": released, "types": types, "resources": resources})


def _resource(of: ResourceType, types: dict[str, Spec]) -> Spec:
    return {
        "inputProperties": {name: _property(inner, types) for name, inner in of.inputs.items()},
        "requiredInputs": sorted(of.required),
        "properties": {name: _property(inner, types) for name, inner in of.outputs.items()},
    }


def _property(of: PropertyType, types: dict[str, Spec]) -> Spec:
    match of.kind:
        case "list":
            return {"type": "array", "items": _property(of.items, types)}
        case "map":
            return {"type": "object", "additionalProperties": _property(of.items, types)}
        case "object" if of.arguments:
            return {"$ref": f"#/types/{_object_type(of, of.arguments, types)}"}
        case "asset":
            return {"$ref": "pulumi.json#/Asset"}
        case "archive":
            return {"$ref": "pulumi.json#/Archive"}
        case kind if kind in _SCALARS:
            return {"type": _SCALARS[kind]}
        case _:
            return {"$ref": "pulumi.json#/Any"}


def _object_type(of: PropertyType, arguments: type, types: dict[str, Spec]) -> str:
    """The token of an object's type, put among the types before its properties are: some refer to themselves."""
    package, module = arguments.__module__.split(".")[:2]
    token = f"{_PACKAGES[package]}:{module}/{arguments.__name__}:{arguments.__name__}"
    if token not in types:
        types[token] = {"type": "object"}
        types[token] |= {
            "properties": {name: _property(inner, types) for name, inner in of.fields.items()},
            "required": sorted(of.required),
        }
    return token
