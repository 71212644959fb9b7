"""The waves in which participants are accepted, as the portal knows them.

The portal is read by far more people than register, so it asks for them at most every few seconds, and shows what it
knew last when there is no answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from app.common.database import DatabaseUnavailableError

FRESH_SECONDS = 5.0
PATIENCE_SECONDS = 0.3  # how long a visitor waits for fresher waves while older ones are at hand


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One wave: open from `opens_at` until before `closes_at`; figures are None where they are not public."""

    number: int
    opens_at: datetime
    closes_at: datetime
    quota: int | None
    registered: int | None
    accepted: int | None


@dataclass(frozen=True, kw_only=True)
class WaveStatus:
    """What a visitor sees: the wave open now, the next one announced, those closed (newest first)."""

    open: Wave | None
    upcoming: Wave | None
    past: tuple[Wave, ...]

    @classmethod
    def at(cls, moment: datetime, waves: tuple[Wave, ...]) -> WaveStatus:
        """The status at `moment`; waves in order of their numbers."""
        return cls(
            open=next((wave for wave in waves if wave.opens_at <= moment < wave.closes_at), None),
            upcoming=next((wave for wave in waves if moment < wave.opens_at), None),
            past=tuple(wave for wave in reversed(waves) if wave.closes_at <= moment),
        )


class Source(Protocol):
    """Where the waves come from."""

    async def waves(self) -> tuple[Wave, ...]:
        """All of them in order of their numbers. Raises DatabaseUnavailableError."""


class WaveBoard:
    """The waves, read from their source when they are asked for and not fresh."""

    def __init__(self, source: Source, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = source
        self._clock = clock
        self._waves: tuple[Wave, ...] | None = None
        self._tried_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def status(self) -> WaveStatus | None:
        """The status now, from waves a few seconds old if their source answers; None if it never has."""
        if self._reading is None and time.monotonic() - self._tried_at > FRESH_SECONDS:
            self._reading = asyncio.create_task(self._read())
        if self._reading is not None:
            # One reading serves every visitor who waits; it goes on behind those whose patience has ended.
            await asyncio.wait({self._reading}, timeout=None if self._waves is None else PATIENCE_SECONDS)
        return None if self._waves is None else WaveStatus.at(self._clock(), self._waves)

    async def _read(self) -> None:
        try:
            self._waves = await self._source.waves()
        except DatabaseUnavailableError:
            return  # logged already; what was known last stays on show
        finally:
            self._tried_at = time.monotonic()
            self._reading = None
