"""Imported resources written down as Python.

After `pulumi import` the engine describes what it imported in PCL, its own language, and asks the language host for the
program's: only `resource` blocks of literals, lists, objects and references come, and only those are read here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.provider.sdk import SDKS, PropertyType, python_names, resource_type

_TOKEN = re.compile(
    r'\s+|(?P<string>"(?:\\.|[^"\\])*")|(?P<word>[A-Za-z_][\w-]*)|(?P<number>-?\d[\d.eE+-]*)|(?P<mark>.)'
)
_LITERALS = {"true": True, "false": False, "null": None}
_INDENT = "    "
_LINE = 100


class UnreadableError(ValueError):
    """PCL with more in it than an imported resource has."""


@dataclass(frozen=True)
class Reference:
    """Another resource of the same import, by its variable."""

    name: str


@dataclass(frozen=True)
class _Block:
    keyword: str
    labels: list[str]
    attributes: dict[str, Any]
    blocks: list[_Block]


def as_python(source: str) -> str:
    """The program text for a PCL source. Raises UnreadableError, and UnknownTypeError for no type of an SDK."""
    resources = [block for block in _Reader(source).blocks() if block.keyword == "resource"]
    packages = sorted({block.labels[1].partition(":")[0] for block in resources} & SDKS.keys())
    lines = ["import pulumi", *(f"import {SDKS[package].module} as {package}" for package in packages), ""]
    return "\n".join([*lines, *(_definition(block) for block in resources)]) + "\n"


class _Reader:
    """Reads PCL by recursive descent."""

    def __init__(self, source: str) -> None:
        self._tokens = [(found.lastgroup, found[0]) for found in _TOKEN.finditer(source) if found.lastgroup]
        self._at = 0

    def blocks(self) -> Iterator[_Block]:
        while self._at < len(self._tokens):
            yield self._block(self._take())

    def _block(self, keyword: str) -> _Block:
        labels = []
        while self._next() != "{":
            labels.append(_unquoted(self._take()))
        self._take()
        attributes: dict[str, Any] = {}
        blocks = []
        while self._next() != "}":
            name = _unquoted(self._take())
            if self._next() == "=":
                self._take()
                attributes[name] = self._value()
            else:
                blocks.append(self._block(name))
        self._take()
        return _Block(keyword, labels, attributes, blocks)

    def _value(self) -> Any:
        kind, text = self._tokens[self._at]
        self._take()
        if text == "{":
            return dict(self._pairs())
        if text == "[":
            return list(self._items())
        if kind == "string":
            return _unquoted(text)
        if kind == "number":
            return json.loads(text)
        if kind == "word" and self._next() not in ("(", ".", "["):
            return _LITERALS[text] if text in _LITERALS else Reference(text)
        raise UnreadableError(f"{text!r} can't be written as Python here")

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        while self._next() != "}":
            name = _unquoted(self._take())
            self._take("=")
            yield name, self._value()
            self._skip_comma()
        self._take()

    def _items(self) -> Iterator[Any]:
        while self._next() != "]":
            yield self._value()
            self._skip_comma()
        self._take()

    def _skip_comma(self) -> None:
        if self._next() == ",":
            self._take()

    def _next(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, expected: str = "") -> str:
        text = self._next()
        if not text or (expected and text != expected):
            raise UnreadableError(f"{expected or 'more'} expected, {text or 'the end'} found")
        self._at += 1
        return text


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    if re.search(r"(?<!\$)\$\{|(?<!%)%\{", text):
        raise UnreadableError(f"{text} has an expression in it")
    content: str = json.loads(text.replace("$${", "${").replace("%%{", "%{"), strict=False)
    return content


def _definition(block: _Block) -> str:
    variable, token = block.labels
    of = resource_type(token)
    arguments = [json.dumps(block.attributes.pop("__logicalName", variable))]
    arguments += _keywords(block.attributes, of.inputs, python_names(of.arguments), _INDENT)
    options = {name: value for inner in block.blocks if inner.keyword == "options" for name, value in _options(inner)}
    if options:
        given = ", ".join(f"{name}={_written(value, _ANY, _INDENT * 2)}" for name, value in options.items())
        arguments.append(f"opts=pulumi.ResourceOptions({given})")
    return f"{_variable(variable)} = {of.python_name}(\n{_INDENT}" + f",\n{_INDENT}".join(arguments) + ",\n)"


def _options(block: _Block) -> Iterator[tuple[str, Any]]:
    for name, value in block.attributes.items():
        yield re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", name).replace("import", "import_"), value


def _keywords(
    attributes: Mapping[str, Any], types: Mapping[str, PropertyType], names: Mapping[str, str], indent: str
) -> Iterator[str]:
    for name, value in attributes.items():
        yield f"{names.get(name, name)}={_written(value, types.get(name, _ANY), indent)}"


def _written(value: Any, of: PropertyType, indent: str) -> str:
    """A value as Python, on one line where it fits."""
    if isinstance(value, Reference):
        return _variable(value.name)
    if isinstance(value, dict):
        if of.kind == "object" and of.arguments:
            names = python_names(of.arguments)
            items = [
                f"{json.dumps(names.get(name, name))}: {_written(item, of.fields.get(name, _ANY), indent + _INDENT)}"
                for name, item in value.items()
            ]
        else:
            items = [
                f"{json.dumps(name)}: {_written(item, of.items, indent + _INDENT)}" for name, item in value.items()
            ]
        return _enclosed("{", items, "}", indent)
    if isinstance(value, list):
        return _enclosed("[", [_written(item, of.items, indent + _INDENT) for item in value], "]", indent)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _enclosed(opening: str, items: list[str], closing: str, indent: str) -> str:
    line = opening + ", ".join(items) + closing
    if len(line) <= _LINE and "\n" not in line:
        return line
    inner = indent + _INDENT
    return f"{opening}\n{inner}" + f",\n{inner}".join(items) + f",\n{indent}{closing}"


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name)


_ANY = PropertyType("any")
