"""Children that are looked after: one that can't be started keeps none of the others, and is tried again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.processes import NotReadyError, spawn
from sandbox.supervision import Children

pytestmark = pytest.mark.sandbox


class Attempts:
    """Starts a program that waits, or fails to for the first few times."""

    def __init__(self, log: Path, failing: int = 0) -> None:
        self._log = log
        self._failing = failing

    def __call__(self) -> subprocess.Popen[bytes]:
        if self._failing:
            self._failing -= 1
            raise NotReadyError("it was not ready")
        return spawn(["sleep", "60"], log=self._log, environment={"PATH": "/usr/bin:/bin"})


@pytest.fixture
def look_after(tmp_path: Path) -> Iterator[Callable[..., Children]]:
    owned: list[Children] = []

    def make(**failing: int) -> Children:
        starts = {name: Attempts(tmp_path / f"{name}.log", times) for name, times in failing.items()}
        owned.append(Children(starts, lambda: None))
        return owned[-1]

    yield make
    for children in owned:
        children.stop()


def test_one_that_cannot_be_started_ends_the_start_of_all(look_after: Callable[..., Children]) -> None:
    children = look_after(first=0, second=1, third=0)
    with pytest.raises(NotReadyError):
        children.start_all(until=lambda: False)
    assert set(children.records) == {"first"}


def test_nothing_is_started_once_the_owner_is_to_stop(look_after: Callable[..., Children]) -> None:
    children = look_after(first=0, second=0)
    children.start_all(until=lambda: "first" in children.records)
    assert set(children.records) == {"first"}


def test_begun_each_is_tried_until_it_starts_and_keeps_none_of_the_others(
    look_after: Callable[..., Children], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.supervision._FIRST_DELAY_SECONDS", 0.0)
    children = look_after(first=2, second=0)
    children.begin_all()
    assert children.records["first"].last_end is not None
    assert children.records["second"].pid > 0
    for _ in range(2):
        children.look()
    assert children.records["first"].pid > 0


def test_one_that_keeps_failing_is_left_alone_for_a_while(look_after: Callable[..., Children]) -> None:
    children = look_after(first=2)
    children.begin_all()
    children.look()
    assert children.records["first"].pid == 0
