"""Values survive the engine's protocol."""

from __future__ import annotations

import pytest

from sandbox.provider.values import UNKNOWN, Asset, Secret, contains_unknown, from_wire, to_wire

pytestmark = pytest.mark.unit


def test_values_come_back_as_they_went() -> None:
    properties = {
        "text": "a",
        "yes": True,
        "whole": 3,
        "part": 0.5,
        "list": [1, "a", {"b": [True]}],
        "unknown": UNKNOWN,
        "empty": [],
        "file": Asset(sha256="ab", path="/f"),
    }
    assert from_wire(to_wire(properties)) == properties


def test_an_absent_value_is_left_out() -> None:
    assert from_wire(to_wire({"a": None, "b": 1})) == {"b": 1}


def test_an_unknown_is_seen_at_any_depth() -> None:
    assert contains_unknown({"a": [{"b": UNKNOWN}]})
    assert not contains_unknown({"a": [{"b": 1}]})


def test_assets_are_the_same_by_their_hash_alone() -> None:
    assert Asset(sha256="1", path="/a") == Asset(sha256="1", path="/b")
    assert Asset(sha256="1", path="/a") != Asset(sha256="2", path="/a")


def test_a_secret_goes_marked_and_is_read_as_its_value() -> None:
    sent = to_wire({"password": Secret("x")})
    signature = sent.fields["password"].struct_value.fields["4dabf18193072939515e22adb298388d"]
    assert signature.string_value == "1b47061264138c4ac30d75fd1eb44270"
    assert from_wire(sent) == {"password": "x"}
