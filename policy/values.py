"""Property values as rules read them: what is not known yet and what is secret stay told apart from what is plain.

Reading a value that is not known raises UnknownValueError, so that a rule which needs it can't pass by accident.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# How the engine writes special values (sdk/go/common/resource/properties.go and .../plugin/rpc.go, v3.259.0).
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of a secret, not one
_UNKNOWN = frozenset(
    (
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # a string
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    )
)


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Secret:
    """A value marked as secret. In an exported state it is encrypted, and its value UNKNOWN."""

    value: Any


class UnknownValueError(Exception):
    """A rule needs a value that is not known yet; its argument is the property's path."""


def decode(value: Any) -> Any:
    """A value as the engine writes it, over the wire or in an exported state, with its special values made plain."""
    if isinstance(value, dict):
        if _SIGNATURE not in value:
            return {key: decode(item) for key, item in value.items()}
        if value[_SIGNATURE] != _SECRET:
            return value  # an asset, or a reference to a resource: no rule reads into those
        if "value" in value:
            return Secret(decode(value["value"]))
        return Secret(decode(json.loads(value["plaintext"])) if "plaintext" in value else UNKNOWN)
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, str) and value in _UNKNOWN:
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        return int(value)  # the wire has no whole numbers
    return value


def read(value: Any, path: str) -> Any:
    """What is at a path such as `ebs.encrypted`, None where nothing is. Secrets are opened."""
    walked = []
    for name in path.split("."):
        walked.append(name)
        value = known(value, ".".join(walked))
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return known(value, path)


def known(value: Any, path: str) -> Any:
    """A value with its secrecy taken off. Raises UnknownValueError where it is not known."""
    if isinstance(value, Secret):
        value = value.value
    if value is UNKNOWN:
        raise UnknownValueError(path)
    return value


def items(value: Any, path: str) -> list[Any]:
    """The known items of the list at a path; one that is not a list counts as a list of itself."""
    found = read(value, path)
    if found is None:
        return []
    if isinstance(found, str) or not isinstance(found, Sequence):
        found = [found]
    return [known(item, path) for item in found]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that holds no other, with its path. Secrets and unknown values come as they are."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    else:
        yield path, value


def statements(document: Any, path: str) -> list[Mapping[str, Any]]:
    """The statements of an IAM policy document, given as JSON text or as an object. None gives none."""
    document = known(document, path)
    if document is None:
        return []
    parsed = json.loads(document) if isinstance(document, str) else document
    return [statement for statement in items(parsed, "Statement") if isinstance(statement, Mapping)]
