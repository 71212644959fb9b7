"""Pauses between attempts at something that doesn't answer."""

from __future__ import annotations

import asyncio
import random


class Backoff:
    """Seconds to wait, doubling from `first` to `longest`; each cut by up to half at random, so that a fleet whose
    dependency comes back doesn't return to it as one.
    """

    def __init__(self, *, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def pause(self) -> float:
        """The next pause."""
        pause = self._next * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing
        self._next = min(2 * self._next, self._longest)
        return pause

    def reset(self) -> None:
        """What was tried has worked."""
        self._next = self._first


async def wait_unless(stopping: asyncio.Event, seconds: float) -> None:
    """Return after `seconds`, or as soon as the process is to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
