"""Keeping to a pace."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.common.throttle import Throttle

pytestmark = pytest.mark.unit


def test_turns_come_no_faster_than_the_quota_also_after_a_rest() -> None:
    async def take() -> float:
        throttle = Throttle(50)
        await throttle.turn()
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await asyncio.gather(*(throttle.turn() for _ in range(11)))
        return time.monotonic() - started

    assert asyncio.run(take()) >= 0.2
