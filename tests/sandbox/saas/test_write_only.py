"""What a vendor never answers is left out of its record, and comes back from the program's state at the same place."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.saas.write_only import restored, without

pytestmark = pytest.mark.unit

PATHS = ("key", "points.*.key", "one.key")
WHOLE: dict[str, Any] = {
    "key": "a",
    "name": "n",
    "points": [{"key": "b", "at": 1}, {"at": 2}],
    "one": {"key": "c", "at": 3},
}
LEFT = {"name": "n", "points": [{"at": 1}, {"at": 2}], "one": {"at": 3}}


def test_only_what_is_at_the_paths_is_left_out() -> None:
    assert without(WHOLE, PATHS) == LEFT
    assert without(LEFT, PATHS) == LEFT


def test_it_comes_back_from_the_state() -> None:
    assert restored(LEFT, WHOLE, PATHS) == WHOLE
    assert restored(LEFT, {}, PATHS) == LEFT


@pytest.mark.parametrize(
    ("drifted", "expected"),
    [
        ({"points": [{"at": 9}]}, {"key": "a", "points": [{"key": "b", "at": 9}]}),
        ({"points": [{"at": 1}, {"at": 2}, {"at": 9}]}, {"key": "a", "points": [*WHOLE["points"], {"at": 9}]}),
        ({"name": "m"}, {"key": "a", "name": "m"}),
    ],
)
def test_what_drifted_beside_it_stays_as_it_was_found(drifted: dict[str, Any], expected: dict[str, Any]) -> None:
    assert restored(drifted, WHOLE, PATHS) == expected
