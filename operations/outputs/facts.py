"""The outputs as flat rows, one a fact, for spreadsheets and other programs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any, NamedTuple


class Fact(NamedTuple):
    """section: the output that it is of. name: what it is about. property: which of its properties, by its path."""

    section: str
    name: str
    property: str
    value: str


# What the things of a list are known by; the first of these that one has.
_NAMES = ("name", "rule_id", "arn", "namespace", "principal_arn")
_WHOLE = "platform"


def facts(outputs: dict[str, Any]) -> Iterator[Fact]:
    """Every value of the outputs once. What has none (an empty list, a part that isn't there) has a row without value.

    Outputs of a single value are properties of `platform`.
    """
    for section, value in outputs.items():
        if isinstance(value, dict | list):
            yield from _things(section, section, value)
        else:
            yield Fact(_WHOLE, _WHOLE, section, _text(value))


def as_csv(outputs: dict[str, Any]) -> str:
    """All facts as CSV with a heading (RFC 4180)."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(Fact._fields)
    writer.writerows(facts(outputs))
    return text.getvalue()


def _things(section: str, name: str, value: Any) -> Iterator[Fact]:
    """Walk down to things with properties: lists of them are named by what each is known by, mappings by the key."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value) and value:
        for one, its_name in zip(value, _names(value, name), strict=True):
            yield from _properties(section, its_name, "", one)
    elif isinstance(value, dict) and value and all(isinstance(one, dict | list) for one in value.values()):
        for key, one in value.items():
            yield from _things(section if isinstance(one, dict) else f"{section}.{key}", key, one)
    else:
        yield from _properties(section, name, "", value)


def _names(things: list[dict[str, Any]], otherwise: str) -> list[str]:
    """What each is known by; numbered from the second on where several have one name."""
    names = [_name_of(thing, otherwise) for thing in things]
    return [
        f"{name} #{before + 1}" if (before := names[:index].count(name)) else name for index, name in enumerate(names)
    ]


def _name_of(thing: dict[str, Any], otherwise: str) -> str:
    name = next((str(thing[key]) for key in _NAMES if key in thing), otherwise)
    return f"{thing['kind']} {name}" if "kind" in thing else name


def _properties(section: str, name: str, path: str, value: Any) -> Iterator[Fact]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _properties(section, name, f"{path}.{key}" if path else key, one)
    elif isinstance(value, list) and value:
        for number, one in enumerate(value):
            yield from _properties(section, name, f"{path}[{number}]", one)
    else:
        yield Fact(section, name, path, _text(value))


def _text(value: Any) -> str:
    if value is None or value in ([], {}):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
