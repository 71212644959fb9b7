"""Whether a resource's inputs and a provider's settings are such as the SDK has, by name and type."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.provider.sdk import PropertyType, ResourceType, provider_settings
from sandbox.provider.values import UNKNOWN, Archive, Asset, Properties, Value

PythonTypes = Mapping[str, Any]
"""By the kind of a property, what a value of it may be."""

PYTHON_TYPES: PythonTypes = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "list": (list,),
    "map": (dict,),
    "object": (dict,),
    "asset": (Asset,),
    "archive": (Archive,),
}

# What the engine adds of its own.
_ENGINE_SETTINGS = frozenset({"version", "pluginDownloadURL", "__internal"})


@dataclass(frozen=True)
class Failure:
    """One input that cannot work: its property path and why."""

    path: str
    reason: str


def nearest(name: str, known: Collection[str]) -> str:
    """What to say besides of a name that isn't known: the nearest that is, where there is one."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; the nearest that is: {found[0]}" if found else ""


def unknown(of: ResourceType, inputs: Properties) -> Iterable[Failure]:
    """The inputs that the type has not got."""
    for name in inputs:
        if name not in of.inputs:
            yield Failure(name, f"is not a property of {of.token}{nearest(name, of.inputs)}")


def missing(of: ResourceType, inputs: Properties) -> Iterable[Failure]:
    """The inputs that the type requires, and which aren't given."""
    for name in sorted(of.required - inputs.keys()):
        yield Failure(name, f"is required by {of.token}")


def wrong_types(of: ResourceType, inputs: Properties, python_types: PythonTypes = PYTHON_TYPES) -> list[Failure]:
    """The inputs of another type than the SDK's, and what is wrong inside of objects, lists and maps."""
    checker = _TypeChecker(of.token, python_types)
    for name, value in inputs.items():
        if name in of.inputs:
            checker.check(of.inputs[name], name, value)
    return checker.found


def unknown_settings(package: str, settings: Properties) -> list[Failure]:
    """The settings that the provider `package` has not got."""
    known = provider_settings(package)
    return [
        Failure(name, f"is not a setting of the {package} provider{nearest(name, known)}")
        for name in settings.keys() - known - _ENGINE_SETTINGS
    ]


class _TypeChecker:
    """Collects what is wrong with the values of a resource."""

    def __init__(self, token: str, python_types: PythonTypes) -> None:
        self.found: list[Failure] = []
        self._token = token
        self._python_types = python_types

    def check(self, of: PropertyType, path: str, value: Value) -> None:
        if value is UNKNOWN or value is None or of.kind == "any":
            return
        number = of.kind in ("integer", "number")
        if not isinstance(value, self._python_types[of.kind]) or (number and isinstance(value, bool)):
            self._fail(path, f"must be of type {of.kind}, not {type(value).__name__}")
        elif of.kind == "object":
            self._check_object(of, path, value)
        elif of.kind == "list":
            for index, item in enumerate(value):
                self.check(of.items, f"{path}[{index}]", item)
        elif of.kind == "map":
            for key, item in value.items():
                self.check(of.items, f'{path}["{key}"]', item)

    def _check_object(self, of: PropertyType, path: str, value: Mapping[str, Value]) -> None:
        for name, item in value.items():
            if name in of.fields:
                self.check(of.fields[name], f"{path}.{name}", item)
            else:
                self._fail(f"{path}.{name}", f"is not a property of {path}{nearest(name, of.fields)}")
        for name in sorted(of.required - value.keys()):
            self._fail(f"{path}.{name}", "is required")

    def _fail(self, path: str, reason: str) -> None:
        self.found.append(Failure(path, f"{reason} ({self._token})"))
