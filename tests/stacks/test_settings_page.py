"""The page of the settings says what the schema says."""

from __future__ import annotations

import json

import pytest

from stacks.settings_page import PAGE, SCHEMA, page

pytestmark = pytest.mark.unit


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m stacks.settings_page`"


def test_every_setting_has_a_row() -> None:
    definitions = json.loads(SCHEMA.read_text())["$defs"]
    rows = page()
    for definition in definitions.values():
        for name in definition.get("properties", {}):
            assert f"{name}`" in rows or f"{name}." in rows, name  # a group of settings has its settings' rows
