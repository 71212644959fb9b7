"""Physical names are made as Pulumi makes them."""

from __future__ import annotations

import re

import pytest

from sandbox.aws.provider.declaration import Naming
from sandbox.provider.naming import NameTooLongError, named, taken
from sandbox.provider.values import UNKNOWN

pytestmark = pytest.mark.unit

NAMING = Naming(limit=32)


def test_a_resource_without_a_name_gets_its_logical_one_and_seven_random_digits() -> None:
    assert re.fullmatch(r"portal-[0-9a-f]{7}", named(NAMING, "portal", b"", {}, {})["name"])


def test_a_preview_and_its_update_make_the_same_name() -> None:
    assert named(NAMING, "portal", b"seed", {}, {}) == named(NAMING, "portal", b"seed", {}, {})


def test_a_name_stays_until_the_resource_is_replaced() -> None:
    first = named(NAMING, "portal", b"1", {}, {})
    assert named(NAMING, "portal", b"2", first, {}) == first
    assert named(NAMING, "portal", b"2", {}, {}) != first


def test_a_name_stays_where_the_logical_one_changes() -> None:
    first = named(NAMING, "portal", b"1", {}, {})
    assert named(NAMING, "front", b"2", first, {}) == first
    assert named(NAMING, "front", b"2", {"name": "site"}, {})["name"].startswith("front-")


def test_a_given_name_is_taken_as_it_is() -> None:
    assert named(NAMING, "portal", b"", {}, {"name": "site"}) == {"name": "site"}
    assert named(NAMING, "portal", b"", {}, {"name": UNKNOWN}) == {"name": UNKNOWN}


def test_a_prefix_replaces_the_logical_name() -> None:
    assert named(NAMING, "portal", b"", {}, {"namePrefix": "web-"})["name"].startswith("web-")
    assert named(NAMING, "portal", b"", {}, {"namePrefix": UNKNOWN})["name"] is UNKNOWN


def test_a_name_too_long_for_the_service_is_refused() -> None:
    assert named(NAMING, "x" * 24, b"", {}, {})
    with pytest.raises(NameTooLongError, match="32 characters"):
        named(NAMING, "x" * 25, b"", {}, {})


def test_a_service_of_lower_case_gets_a_lower_case_name() -> None:
    naming = Naming(limit=63, input="bucket", lower=True)
    assert named(naming, "Documents", b"", {}, {})["bucket"].startswith("documents-")


def test_the_old_one_goes_first_where_the_program_fixes_the_name() -> None:
    assert taken(NAMING, "portal", {"name": "site"}, {"port"})
    assert not taken(NAMING, "portal", {"name": "site"}, {"name", "port"})
    assert not taken(NAMING, "portal", {"name": "site"}, set())
    assert not taken(NAMING, "portal", named(NAMING, "portal", b"", {}, {}), {"port"})
