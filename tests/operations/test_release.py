"""A rollout is followed to its end, and given up where new machines don't become healthy in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from operations import release
from operations.exit_codes import ExitCode, OperationError
from operations.rollout import Machine, Rollout, Rollouts

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


class Scripted:
    """What the APIs say, call after call; the last again and again. Going back succeeds at once."""

    services = ("portal",)
    newest = NEW

    def __init__(self, *states: Rollout) -> None:
        self._states: Iterator[Rollout] = iter(states)
        self._last = states[-1]
        self.went_back_to: str | None = None

    def read(self, _service: str) -> Rollout:
        self._last = next(self._states, self._last)
        return self._last

    def previous(self, _rollout: Rollout) -> str:
        return OLD

    def go_back(self, _rollout: Rollout, version: str) -> None:
        self.went_back_to = version
        self._last = rollout("Successful", [OLD, OLD])

    def latest(self, _template: str) -> str:
        return self.newest


def follow(scripted: Scripted, patience: float) -> None:
    release.follow(cast("Rollouts", scripted), "new", lambda _: None, patience)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "_POLL_SECONDS", 0.01)


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
