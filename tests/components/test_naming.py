"""Names that would not fit are found before anything is made."""

from __future__ import annotations

import pytest

from components.naming import TARGET_GROUP, NameTooLongError, auto_named, logical

pytestmark = pytest.mark.unit


def test_a_name_leaves_room_for_pulumis_suffix() -> None:
    assert auto_named(TARGET_GROUP, "envname8", "servicenam12", "v") == "envname8-servicenam12-v"
    with pytest.raises(NameTooLongError, match="has 25 characters; allowed: up to 24"):
        auto_named(TARGET_GROUP, "envname8", "servicenam12", "vms")


def test_names_are_made_of_their_parts() -> None:
    assert logical("prod", "portal", "to-database") == "prod-portal-to-database"
