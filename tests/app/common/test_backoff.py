"""Pauses."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.common.backoff import Backoff, wait_unless

pytestmark = pytest.mark.unit


def test_pauses_double_up_to_the_longest_and_start_again_after_a_success() -> None:
    backoff = Backoff(first=1, longest=5)
    for longest in (1, 2, 4, 5, 5):
        assert longest / 2 <= backoff.pause() <= longest
    backoff.reset()
    assert backoff.pause() <= 1


def test_a_fleet_does_not_come_back_as_one() -> None:
    assert len({Backoff(first=1, longest=1).pause() for _ in range(20)}) == 20


def test_a_pause_ends_when_the_process_is_to_stop() -> None:
    async def stop_early() -> float:
        stopping = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, stopping.set)
        started = time.monotonic()
        await wait_unless(stopping, 30)
        return time.monotonic() - started

    assert asyncio.run(stop_early()) < 5
    asyncio.run(wait_unless(asyncio.Event(), 0.001))
