"""docs/settings.md: every setting of an environment, from the settings' own JSON Schema.

`python -m stacks.settings_page` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "stacks" / "settings.schema.json"
PAGE = ROOT / "docs" / "settings.md"

Schema = Mapping[str, Any]

_INTRODUCTION = """\
# The settings

<!-- Generated from stacks/settings.schema.json by `python -m stacks.settings_page`; a test holds it in step. -->

What an environment is made of stands under `config:` in `Pulumi.ENVIRONMENT.yaml`, as `prakerja:SECTION`. A misspelt
key, a wrong type, a value out of range or a combination that can't work is refused before the first resource, with the
key's path and what is allowed. An editor that knows the YAML language server checks them while they are written: each
file names the schema in its first line.

`aws:region` is `ap-southeast-3`. Other keys of Pulumi's own (`aws:…`, `pulumi:…`) may be set too."""


def page() -> str:
    """The page's text."""
    schema = json.loads(SCHEMA.read_text())
    sections = schema["properties"]["config"]["properties"]
    lines = [_INTRODUCTION]
    for key, section in sections.items():
        if key.startswith("prakerja:"):
            lines += _section(key, section, schema["$defs"])
    return "\n".join(lines) + "\n"


def _section(key: str, section: Schema, definitions: Schema) -> Iterator[str]:
    described = _resolved(section, definitions)
    yield f"\n## `{key}`\n"
    yield f"{section.get('description') or described['description']}\n"
    yield "| key | type | allowed | default | meaning |"
    yield "|---|---|---|---|---|"
    yield from _rows("", described, definitions, chosen=key.rpartition(":")[2])


def _rows(prefix: str, of: Schema, definitions: Schema, *, chosen: str = "") -> Iterator[str]:
    """A row for each setting; keys that an environment chooses, such as a zone's name, stand in capitals.

    chosen: what the keys are of where all of them are chosen, in the plural.
    """
    for name, given in of.get("properties", {}).items():
        setting = _resolved(given, definitions)
        if "anyOf" in given:
            yield _row(f"{prefix}{name}", {**setting, **given}, required=False)
        if inner := _by_chosen_key(setting):
            yield _row(f"{prefix}{name}", setting, required=name in of.get("required", ()))
            yield from _rows(f"{prefix}{name}.{_capitals(name)}.", _resolved(inner, definitions), definitions)
        elif "properties" in setting:
            yield from _rows(f"{prefix}{name}.", setting, definitions)
        elif "anyOf" not in given:
            yield _row(f"{prefix}{name}", setting, required=name in of.get("required", ()))
    if "properties" not in of and (inner := _by_chosen_key(of)):
        yield from _rows(f"{_capitals(chosen)}.", _resolved(inner, definitions), definitions)


def _by_chosen_key(of: Schema) -> Schema | None:
    """What stands under keys that an environment chooses, by a pattern or from a list; None where it chooses none."""
    inner: Schema | None = next(iter(of.get("patternProperties", {}).values()), None)
    return inner or of.get("additionalProperties") or None


def _capitals(plural: str) -> str:
    return plural.upper().removesuffix("S")


def _row(key: str, setting: Schema, *, required: bool) -> str:
    default = "required" if required else f"`{json.dumps(setting.get('default'))}`"
    cells = (f"`{key}`", _type(setting), _allowed(setting), default, setting.get("description", ""))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(setting: Schema) -> str:
    if setting.get("type") == "array":
        return f"list of {_type(setting['items'])}"
    return {"ipv4network": "network"}.get(setting.get("format", ""), str(setting.get("type", "")))


def _allowed(setting: Schema) -> str:
    if "const" in setting:
        return f"`{setting['const']}`"
    if "enum" in setting:
        return ", ".join(f"`{value}`" for value in setting["enum"])
    if "minimum" in setting:
        return (
            f"{setting['minimum']:,} to {setting['maximum']:,}"
            if "maximum" in setting
            else f"from {setting['minimum']:,}"
        )
    if "pattern" in setting:
        return f"`{setting['pattern']}`"
    if "minItems" in setting or "minProperties" in setting:
        return f"at least {setting.get('minItems', setting.get('minProperties'))}"
    return ""


def _resolved(of: Schema, definitions: Schema) -> Schema:
    """What a schema stands for: the model that it refers to, and of an optional part what it is where it is there."""
    given = next((one for one in of.get("anyOf", ()) if one.get("type") != "null"), of)
    reference = given.get("$ref")
    resolved: Schema = definitions[reference.removeprefix("#/$defs/")] if reference else given
    return resolved


def write_page() -> None:
    """Bring docs/settings.md up to date."""
    PAGE.write_text(page())


if __name__ == "__main__":
    write_page()
