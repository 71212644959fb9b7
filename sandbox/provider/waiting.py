"""Waiting for the cloud: with a time-out, progress that the user sees, and an end when the engine cancels."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

POLL_SECONDS = 0.5
_PROGRESS_SECONDS = 5.0


class WaitError(RuntimeError):
    """What was awaited did not come: it failed, time ran out, or the engine cancelled."""


@dataclass
class Waiter:
    """How one operation waits.

    time_out: seconds, all of the operation's waits together. cancelled: set when the engine gives up.
    alive: whether the engine still listens. report: shows a line of progress.
    """

    time_out: float
    cancelled: threading.Event = field(default_factory=threading.Event)
    alive: Callable[[], bool] = lambda: True
    report: Callable[[str], None] = lambda _line: None
    _started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the operation began."""
        return time.monotonic() - self._started

    def until(self, what: str, probe: Callable[[], str | None], interval: float = POLL_SECONDS) -> None:
        """Return once `probe` answers None; until then it answers how things stand.

        Raises WaitError naming `what` and how things last stood.
        """
        reported = time.monotonic()
        while (standing := probe()) is not None:
            now = time.monotonic()
            if self.cancelled.is_set() or not self.alive():
                raise WaitError(f"cancelled while waiting for {what}: {standing}")
            if self.elapsed > self.time_out:
                raise WaitError(f"{what} not within {self.time_out:.0f} s: {standing}")
            if now - reported > _PROGRESS_SECONDS:
                self.report(f"waiting for {what}: {standing}")
                reported = now
            self.cancelled.wait(interval)
