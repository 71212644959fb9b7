"""What an image's build is told, as far as the sandbox handles it. Anything else is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from sandbox.provider.values import UNKNOWN, Properties


class Location(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A directory or a file, relative to the program's directory."""

    location: str


class Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an image is pushed to, and as whom."""

    address: str
    username: str
    password: str


class ImageInputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The inputs of `docker-build:index:Image` that the sandbox handles."""

    push: bool
    tags: list[str]
    context: Location
    dockerfile: Location
    registries: list[Registry]
    labels: dict[str, str] = {}
    platforms: list[str] = []
    build_on_preview: bool = True
    network: Literal["default"] = "default"  # the SDK gives it, asked or not


# Of a whole property that a preview doesn't know.
_IN_PLACE: dict[str, Any] = {"labels": {}, "platforms": [], "registries": [], "tags": [""]}


class InputError(ValueError):
    """Inputs that can't work; the message names the property."""


def read_inputs(properties: Properties) -> ImageInputs:
    """The inputs, with nothing in the place of what a preview doesn't know yet. Raises InputError."""
    try:
        inputs = msgspec.convert(
            {name: _IN_PLACE.get(name) if value is UNKNOWN else _known(value) for name, value in properties.items()},
            ImageInputs,
        )
    except msgspec.ValidationError as error:
        raise InputError(
            f"{error}; the sandbox handles {', '.join(sorted(ImageInputs.__struct_encode_fields__))}"
        ) from error
    if not inputs.push:
        raise InputError("push: false given; the sandbox has no local images, so that allowed is: true")
    if len(inputs.tags) != 1:
        raise InputError(f"tags: {len(inputs.tags)} given; allowed: 1, an image's place in the registry")
    return inputs


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _known(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return "" if value is UNKNOWN else value
