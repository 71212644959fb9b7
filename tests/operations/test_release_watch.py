"""A rollout is followed to its end, and given up where new machines don't become healthy in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

import pytest

from operations import release_watch
from operations.exit_codes import ExitCode, OperationError
from operations.release_sides import Side
from operations.rollout import Machine, Rollout

pytestmark = pytest.mark.unit

OLD, NEW = "1", "2"


def rollout(status: str, healthy: list[str], unhealthy: list[str] = []) -> Rollout:  # noqa: B006 - never changed
    machines = [Machine(f"i-{n}", version, "InService", healthy=True) for n, version in enumerate(healthy)]
    machines += [Machine(f"j-{n}", version, "InService", healthy=False) for n, version in enumerate(unhealthy)]
    return Rollout(
        service="portal",
        group="portal",
        template="lt-1",
        wanted=NEW,
        saved=NEW,
        desired=2,
        grace_seconds=300,
        machines=tuple(machines),
        refresh={"Status": status},  # type: ignore[arg-type]
    )


RETURNED = (rollout("Successful", [OLD, OLD]),)


class Scripted:
    """What the APIs say of one side, call after call; the last again and again.

    returning: what they say from when it goes back. A version is its own release.
    """

    services = ("portal",)
    newest = NEW

    def __init__(self, *states: Rollout, word: str = "machines", returning: Sequence[Rollout] = RETURNED) -> None:
        self._states: Iterator[Rollout] = iter(states)
        self._last = states[-1]
        self.word = word
        self._returning = returning
        self.went_back_to: str | None = None

    def read(self, _service: str) -> Rollout:
        self._last = next(self._states, self._last)
        return self._last

    def previous(self, _rollout: Rollout) -> str:
        return OLD

    def go_back(self, _rollout: Rollout, version: str) -> None:
        self.went_back_to = version
        self._states = iter(self._returning)

    def behind(self, _service: str, _program: str) -> bool:
        return self.newest != NEW

    def release_of(self, _rollout: Rollout, version: str) -> str:
        return version

    def wanted_release(self, rollout: Rollout) -> str:
        return rollout.wanted

    def at(self, _rollout: Rollout, release: str) -> str | None:
        return release if release == OLD else None


def follow(*sides: Scripted, patience: float) -> None:
    release_watch.follow([cast("Side", side) for side in sides], "new", lambda _: None, patience)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_watch, "_POLL_SECONDS", 0.01)


def test_a_rollout_that_ends_well_is_left_alone() -> None:
    scripted = Scripted(
        rollout("Pending", [OLD, OLD]), rollout("InProgress", [OLD, NEW], [NEW]), rollout("Successful", [NEW, NEW])
    )
    follow(scripted, patience=60)
    assert scripted.went_back_to is None


def test_machines_that_never_become_healthy_are_given_up_after_the_patience() -> None:
    scripted = Scripted(rollout("InProgress", [OLD, OLD], [NEW]))
    with pytest.raises(OperationError, match="did not become healthy within") as raised:
        follow(scripted, patience=0.05)
    assert raised.value.code is ExitCode.GATE_FAILED
    assert scripted.went_back_to == OLD


def test_patience_begins_anew_with_each_machine_that_becomes_healthy() -> None:
    slow = [rollout("InProgress", [NEW] * number, [NEW]) for number in range(20)]
    scripted = Scripted(*slow, rollout("Successful", [NEW, NEW]))
    follow(scripted, patience=0.08)
    assert scripted.went_back_to is None


@pytest.mark.parametrize("status", ["Failed", "RollbackFailed", "Cancelled"])
def test_a_refresh_that_ends_otherwise_is_turned_back(status: str) -> None:
    scripted = Scripted(rollout("InProgress", [OLD, OLD], [NEW]), rollout(status, [OLD, OLD]))
    with pytest.raises(OperationError, match=status):
        follow(scripted, patience=60)
    assert scripted.went_back_to == OLD


def test_what_was_turned_back_before_is_told_again() -> None:
    scripted = Scripted(rollout("Successful", [NEW, NEW]))
    scripted.newest = "3"
    with pytest.raises(OperationError, match="rolled back before") as raised:
        follow(scripted, patience=60)
    assert raised.value.code is ExitCode.GATE_FAILED


def test_where_one_side_fails_the_other_goes_back_to_the_same_release() -> None:
    machines = Scripted(rollout("Successful", [NEW, NEW]))
    containers = Scripted(rollout("InProgress", [OLD, OLD], [NEW]), word="containers")
    with pytest.raises(OperationError, match="new containers did not become healthy") as raised:
        follow(machines, containers, patience=0.05)
    assert raised.value.code is ExitCode.GATE_FAILED
    assert (machines.went_back_to, containers.went_back_to) == (OLD, OLD)


def test_a_way_back_that_fails_too_is_not_called_one() -> None:
    stuck = replace(rollout("InProgress", [NEW], [NEW]), grace_seconds=0)
    with pytest.raises(OperationError, match="the way back failed too") as raised:
        follow(Scripted(rollout("InProgress", [OLD, OLD], [NEW]), returning=[stuck]), patience=0.05)
    assert raised.value.code is ExitCode.FAILED


def test_a_way_back_may_take_as_long_as_the_platform_allows() -> None:
    going_back = [rollout("InProgress", [NEW], [NEW])] * 20
    scripted = Scripted(rollout("InProgress", [OLD, OLD], [NEW]), returning=[*going_back, *RETURNED])
    with pytest.raises(OperationError, match="rolled back") as raised:
        follow(scripted, patience=0.05)
    assert raised.value.code is ExitCode.GATE_FAILED
