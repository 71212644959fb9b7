"""What a provider's SDK says about a resource type: its properties' names, types, and which are required.

The SDK's generated classes are the only schema at hand, and the one that the program is written against. One is
imported when the first of its types is asked for: that takes seconds and much memory.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import keyword
import re
import sys
import threading
import typing
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any, Literal

import pulumi
from pulumi import _types

Kind = Literal["string", "boolean", "integer", "number", "list", "map", "object", "asset", "archive", "any"]

_SCALARS: dict[Any, Kind] = {str: "string", bool: "boolean", int: "integer", float: "number"}
_importing = threading.RLock()
# additional_secret_outputs=["privateKey", "httpHeaders"]
_SECRETS = re.compile(r"additional_secret_outputs=\[([^\]]*)\]")


@dataclass(frozen=True)
class Sdk:
    """A provider's SDK: its distribution, and the Python package in it."""

    distribution: str
    module: str


SDKS = {
    "aws": Sdk("pulumi-aws", "pulumi_aws"),
    "cloudflare": Sdk("pulumi-cloudflare", "pulumi_cloudflare"),
    "grafana": Sdk("pulumiverse-grafana", "pulumiverse_grafana"),
    "pagerduty": Sdk("pulumi-pagerduty", "pulumi_pagerduty"),
    "tls": Sdk("pulumi-tls", "pulumi_tls"),
}
"""By the name of the provider, which a type's token begins with."""


class UnknownTypeError(LookupError):
    """The SDK has no resource of this type token."""


@dataclass(frozen=True)
class PropertyType:
    """The type of one property.

    element: of a list's or map's values. arguments: the class of an object's fields.
    """

    kind: Kind
    element: PropertyType | None = None
    arguments: type | None = field(default=None, repr=False)

    @property
    def items(self) -> PropertyType:
        """The type of a list's or map's values."""
        return self.element or PropertyType("any")

    @property
    def fields(self) -> Mapping[str, PropertyType]:
        """An object's fields by their camel-case names."""
        return _fields(self.arguments) if self.arguments else {}

    @property
    def required(self) -> frozenset[str]:
        """An object's fields that must be given."""
        return _required(self.arguments) if self.arguments else frozenset()


@dataclass(frozen=True)
class ResourceType:
    """A resource type's inputs and outputs. An input is nearly always an output, too.

    python_class, arguments: the SDK's classes of the resource and of its inputs.
    """

    token: str
    python_class: type = field(repr=False)
    arguments: type = field(repr=False)
    inputs: Mapping[str, PropertyType]
    required: frozenset[str]
    outputs: Mapping[str, PropertyType]

    @property
    def python_name(self) -> str:
        """The resource's class as a program names it: `aws.ec2.Vpc`, `cloudflare.Zone`."""
        package, path, _ = self.token.split(":")
        module = path.partition("/")[0]
        names = (package, *(() if module == "index" else (_python_module(module),)), self.python_class.__name__)
        return ".".join(names)

    @property
    def secrets(self) -> frozenset[str]:
        """The properties that the SDK has the engine encrypt, whoever set them."""
        # The source of a class, unlike that of a function, is found by parsing its module, which threads can't do at
        # once before Python 3.11.8 (python/cpython#106905).
        given = _SECRETS.search(inspect.getsource(vars(self.python_class)["_internal_init"]))
        return frozenset(re.findall(r"\w+", given[1])) if given else frozenset()


@cache
def resource_type(token: str) -> ResourceType:
    """The resource type of a token such as `aws:ec2/vpc:Vpc`.

    Raises UnknownTypeError.
    """
    resource = _resource_class(token)
    module = sys.modules[resource.__module__]
    arguments = getattr(module, module.__all__[0])  # `VpcArgs`; `BucketVersioningInitArgs` where the name was taken
    outputs = {name: _property_type(of) for name, of in _types.resource_types(resource).items()}
    return ResourceType(token, resource, arguments, _fields(arguments), _required(arguments), outputs)


def python_names(arguments: type) -> Mapping[str, str]:
    """The SDK's Python names of the inputs of a resource, or of an object's fields, by their camel-case names."""
    return {name: python for python, name in _types.input_type_py_to_pulumi_names(arguments).items()}


def provider_settings(package: str) -> frozenset[str]:
    """The names of a provider's own settings."""
    return frozenset(_types.input_type_py_to_pulumi_names(_module(SDKS[package].module).ProviderArgs).values())


def _module(name: str) -> ModuleType:
    """One of the SDK's modules; they import each other in circles, so one thread at a time.

    An SDK's classes stay: looking for garbage among them, as they are made and later, would take a third of the time.
    """
    with _importing:
        collecting = gc.isenabled()
        gc.disable()
        try:
            return importlib.import_module(name)
        finally:
            if collecting:
                gc.freeze()
                gc.enable()


def _python_module(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _resource_class(token: str) -> type:
    package, _, rest = token.partition(":")
    if package not in SDKS:
        raise UnknownTypeError(f"{token!r} is of none of the providers {', '.join(SDKS)}")
    sdk = SDKS[package]
    try:
        path, name = rest.split(":")
        module = path.partition("/")[0]
        where = sdk.module if module == "index" else f"{sdk.module}.{_python_module(module)}"
        found = getattr(_module(where), name)
    except (ValueError, ModuleNotFoundError, AttributeError):
        raise UnknownTypeError(f"{sdk.distribution} has no resource type {token!r}") from None
    if not (isinstance(found, type) and issubclass(found, pulumi.CustomResource)):
        raise UnknownTypeError(f"{sdk.distribution} has no resource type {token!r}")
    return found


@cache
def _fields(arguments: type) -> Mapping[str, PropertyType]:
    types = (
        _types.output_type_types(arguments) if _types.is_output_type(arguments) else _types.input_type_types(arguments)
    )
    return {name: _property_type(of) for name, of in types.items()}


@cache
def _required(arguments: type) -> frozenset[str]:
    if _types.is_output_type(arguments):
        return frozenset()  # what comes back may lack anything
    names = _types.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters  # type: ignore[misc] # a class, not an instance
    return frozenset(
        names[name]
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty and name in names
    )


def _property_type(annotation: Any) -> PropertyType:
    if typing.get_origin(annotation) is typing.Union:
        return _union_type(typing.get_args(annotation))
    if annotation in _SCALARS:
        return PropertyType(_SCALARS[annotation])
    origin = typing.get_origin(annotation)
    if origin in (list, Sequence):
        return PropertyType("list", _property_type(typing.get_args(annotation)[0]))
    if origin in (dict, Mapping):
        return PropertyType("map", _property_type(typing.get_args(annotation)[1]))
    if isinstance(annotation, type) and (_types.is_input_type(annotation) or _types.is_output_type(annotation)):
        return PropertyType("object", arguments=annotation)
    if isinstance(annotation, type) and issubclass(annotation, pulumi.Archive):
        return PropertyType("archive")
    if isinstance(annotation, type) and issubclass(annotation, pulumi.Asset):
        return PropertyType("asset")
    return PropertyType("any")


def _union_type(members: tuple[Any, ...]) -> PropertyType:
    """`Input[T]` and `Optional[T]` are unions; the first member that is neither wrapper nor None is T."""
    plain = [
        member
        for member in members
        if member is not type(None) and typing.get_origin(member) not in (Awaitable, pulumi.Output)
    ]
    return _property_type(plain[0]) if plain else PropertyType("any")
