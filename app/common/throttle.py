"""Keeps to a pace that somebody else sets."""

from __future__ import annotations

import asyncio


class Throttle:
    """Lets one through at a time, `per_second` a second, without bursts."""

    def __init__(self, per_second: int) -> None:
        self._interval = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        """Return when it is the caller's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next)
        self._next = turn + self._interval
        await asyncio.sleep(turn - now)
