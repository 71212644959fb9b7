"""A wait ends: when what is awaited comes, when time is up, when the engine gives up."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from sandbox.provider.waiting import Waiter, WaitError

pytestmark = pytest.mark.unit


def test_a_wait_ends_when_nothing_is_left_to_wait_for() -> None:
    standings: Iterator[str | None] = iter(["one left", None])
    Waiter(time_out=5).until("all", lambda: next(standings), interval=0)


def test_a_wait_that_takes_too_long_says_how_things_stand() -> None:
    with pytest.raises(WaitError, match=r"all not within 0 s: 3 of 4"):
        Waiter(time_out=0).until("all", lambda: "3 of 4", interval=0)


def test_the_engine_giving_up_ends_a_wait() -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(WaitError, match="cancelled while waiting for all: 3 of 4"):
        Waiter(time_out=60, cancelled=cancelled).until("all", lambda: "3 of 4")


def test_an_engine_that_has_gone_ends_a_wait() -> None:
    with pytest.raises(WaitError, match="cancelled"):
        Waiter(time_out=60, alive=lambda: False).until("all", lambda: "3 of 4")
