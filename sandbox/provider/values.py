"""Property values as they cross the engine's protocol, and as the rest of the provider sees them.

Inside the provider a value is plain Python (dict, list, str, bool, int, float, None), with a few additions: `UNKNOWN`
for what a preview cannot know yet, `Asset` for a file's or a string's content, `Archive` for several of them, and
`Secret` around what the engine must encrypt. A secret arrives without its mark: the providers leave it to the engine to
mark again what it marked itself.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from google.protobuf import struct_pb2

Value = Any
Properties = dict[str, Value]

# pulumi/sdk/go/common/resource/plugin/rpc.go and property_value.go: the wire's sentinels and signatures.
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_ENCRYPTED = "1b47061264138c4ac30d75fd1eb44270"


class _Unknown:
    """What a preview cannot know yet. It equals nothing but itself."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Asset:
    """A file's or a string's content. Two assets are the same when their hashes are.

    sha256: hex digest of the content, as the engine computed it.
    """

    sha256: str
    path: str | None = None
    text: str | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asset) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def content(self) -> bytes:
        """The bytes themselves. Raises OSError where the file has gone, ValueError for a remote asset."""
        if self.text is not None:
            return self.text.encode()
        if self.path is None:
            raise ValueError("assets fetched from a URI are not supported; use a FileAsset or a StringAsset")
        return Path(self.path).read_bytes()


@dataclass(frozen=True)
class Archive:
    """Several assets by name, as the program put them together. Two archives are the same when their hashes are.

    sha256: hex digest of all, as the engine computed it.
    assets: None where the program named a file, a folder or a URI instead.
    """

    sha256: str
    assets: Mapping[str, Value] | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Archive) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def zipped(self) -> bytes:
        """The assets as a ZIP file of the same bytes each time. Raises OSError where a file has gone, ValueError."""
        if self.assets is None or not all(isinstance(asset, Asset) for asset in self.assets.values()):
            raise ValueError("archives of files, folders and URIs are not supported; use an AssetArchive of assets")
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(self.assets):
                archive.writestr(zipfile.ZipInfo(name), self.assets[name].content())
        return content.getvalue()


@dataclass(frozen=True)
class Secret:
    """A value that the engine keeps encrypted, whoever set it."""

    value: Value


def from_wire(struct: struct_pb2.Struct) -> Properties:
    """The properties in a message, without those that are null."""
    values = ((name, _value_from_wire(value)) for name, value in struct.fields.items())
    return {name: value for name, value in values if value is not None}


def to_wire(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """The message for these properties, without those that are None."""
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        if value is not None:
            struct.fields[name].CopyFrom(_value_to_wire(value))
    return struct


def contains_unknown(value: Value) -> bool:
    """Whether any part of the value is not known yet."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def _value_from_wire(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_value_from_wire(item) for item in value.list_value.values]
        case "struct_value":
            properties = from_wire(value.struct_value)
            match properties.get(_SIGNATURE):
                case signature if signature == _ASSET:
                    return _asset(properties)
                case signature if signature == _ARCHIVE:
                    return Archive(sha256=properties.get("hash", ""), assets=properties.get("assets"))
                case signature if signature == _ENCRYPTED:
                    return properties.get("value")
            return properties
        case _:
            return None


def _asset(properties: Properties) -> Asset:
    return Asset(sha256=properties.get("hash", ""), path=properties.get("path"), text=properties.get("text"))


def _value_to_wire(value: Value) -> struct_pb2.Value:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_STRING)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Asset):
        signed = {_SIGNATURE: _ASSET, "hash": value.sha256, "path": value.path, "text": value.text}
        return struct_pb2.Value(struct_value=to_wire(signed))
    if isinstance(value, Archive):
        packed = {_SIGNATURE: _ARCHIVE, "hash": value.sha256, "assets": value.assets}
        return struct_pb2.Value(struct_value=to_wire(packed))
    if isinstance(value, Secret):
        return struct_pb2.Value(struct_value=to_wire({_SIGNATURE: _ENCRYPTED, "value": value.value}))
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_wire(value))
    return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_value_to_wire(item) for item in value]))
