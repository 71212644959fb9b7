"""The sandbox runs on another environment's own settings, and the tracked files stay as they are."""

from __future__ import annotations

import json

import pytest
import yaml

from operations.checkout import Checkout
from operations.stack_file import generate, is_stale

pytestmark = pytest.mark.unit


def settings(checkout: Checkout) -> dict[str, object]:
    document: dict[str, object] = yaml.safe_load(checkout.stack_file.read_text())
    return document


def test_it_has_the_settings_and_not_the_key_of_the_environment_it_is_like(checkout: Checkout) -> None:
    generate(checkout, "prod")
    original = yaml.safe_load(checkout.settings_file("prod").read_text())
    assert settings(checkout) == {"config": original["config"]}


def test_its_header_says_what_it_was_generated_from(checkout: Checkout) -> None:
    generate(checkout, "dev")
    assert "Pulumi.dev.yaml" in checkout.stack_file.read_text().splitlines()[0]


def test_the_salt_the_engine_made_is_kept(checkout: Checkout) -> None:
    checkout.stack_file.write_text("encryptionsalt: v1:abc\n")
    generate(checkout, "prod")
    assert settings(checkout)["encryptionsalt"] == "v1:abc"


def test_a_lost_file_gets_its_salt_back_from_the_stacks_state(checkout: Checkout) -> None:
    checkout.checkpoint.parent.mkdir(parents=True)
    latest = {"secrets_providers": {"type": "passphrase", "state": {"salt": "v1:kept"}}}
    checkout.checkpoint.write_text(json.dumps({"checkpoint": {"latest": latest}}))
    generate(checkout, "prod")
    assert settings(checkout)["encryptionsalt"] == "v1:kept"


def test_the_tracked_file_is_untouched(checkout: Checkout) -> None:
    before = checkout.settings_file("prod").read_bytes()
    generate(checkout, "prod")
    assert checkout.settings_file("prod").read_bytes() == before


def test_it_is_stale_once_the_settings_have_changed(checkout: Checkout) -> None:
    generate(checkout, "prod")
    assert not is_stale(checkout, "prod")
    checkout.settings_file("prod").write_text(checkout.settings_file("prod").read_text().replace("60", "61"))
    assert is_stale(checkout, "prod")
    generate(checkout, "prod")
    assert not is_stale(checkout, "prod")


def test_an_unchanged_file_is_not_written_again(checkout: Checkout) -> None:
    generate(checkout, "prod")
    before = checkout.stack_file.stat().st_mtime_ns
    generate(checkout, "prod")
    assert checkout.stack_file.stat().st_mtime_ns == before
