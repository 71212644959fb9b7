"""A service goes back to one release on both sides, and what can't go there is said."""

from __future__ import annotations

from typing import Any, cast

import pytest

from operations.exit_codes import ExitCode, OperationError
from operations.release_sides import Side, way_back

pytestmark = pytest.mark.unit


class Fixed:
    """One side, on which a service runs one release of those that it had there, oldest first. A target is a release."""

    def __init__(self, word: str, had: list[str], *services: str) -> None:
        self.word = word
        self.services = services or ("portal",)
        self._had = had
        self.now = had[-1]

    def read(self, service: str) -> str:
        return service

    def wanted_release(self, _rollout: str) -> str:
        return self.now

    def previous(self, _rollout: str) -> str:
        if len(self._had) == 1:
            raise OperationError("there is no release before this one", ExitCode.REFUSED)
        return self._had[-2]

    def release_of(self, _rollout: str, target: str) -> str:
        return target

    def at(self, _rollout: str, release: str) -> str | None:
        return release if release in self._had[:-1] else None

    def go_back(self, _rollout: str, target: str) -> None:
        self.now = target


def back(machines: Fixed, containers: Fixed, lead: Fixed) -> tuple[str, str, tuple[str, ...]]:
    """What each side runs after the way back, and what was said."""
    way = way_back([cast("Side", machines), cast("Side", containers)], "portal", cast("Any", lead))
    way.take()
    return machines.now, containers.now, way.stays


def test_both_sides_go_to_the_release_that_the_leading_one_had_before() -> None:
    machines, containers = Fixed("machines", ["a", "b", "c"]), Fixed("containers", ["a", "b", "x", "c"])
    assert back(machines, containers, machines) == ("b", "b", ())


def test_a_side_that_runs_that_release_already_stays() -> None:
    machines, containers = Fixed("machines", ["a", "b"]), Fixed("containers", ["0", "a"])
    assert back(machines, containers, machines) == ("a", "a", ())


def test_a_side_that_never_had_that_release_stays_and_it_is_said_what_to_do() -> None:
    machines, containers = Fixed("machines", ["a", "b"]), Fixed("containers", ["b"])
    now_machines, now_containers, [said] = back(machines, containers, machines)
    assert (now_machines, now_containers) == ("a", "b")
    assert "its containers stay on b" in said
    assert "./prakerja weight portal" in said


def test_a_service_in_containers_alone_goes_back_there() -> None:
    machines, containers = Fixed("machines", ["a", "b"], "other"), Fixed("containers", ["a", "b"])
    assert back(machines, containers, containers) == ("b", "a", ())


def test_nothing_changes_where_the_leading_side_has_nothing_before() -> None:
    machines, containers = Fixed("machines", ["b"]), Fixed("containers", ["a", "b"])
    with pytest.raises(OperationError, match="no release before"):
        back(machines, containers, machines)
    assert (machines.now, containers.now) == ("b", "b")
