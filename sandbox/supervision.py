"""Looking after child processes: started in order, restarted when they die, stopped in reverse.

Whoever owns some of them calls `Children.look` now and then from its main thread, to which the kernel binds their
deaths (`processes.py`).
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sandbox.processes import NotReadyError, stop
from sandbox.running import ChildRecord, start_time

_STOP_SECONDS = 30.0

# Between a child's death and its restart; doubled at each death that follows on less than _STEADY_SECONDS of life.
_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 30.0
_STEADY_SECONDS = 60.0


class Children:
    """Some children by name, in the order in which they are started.

    starts: what starts each; returns once it serves, raises NotReadyError where it comes to nothing.
    changed: called after each change of `records`.
    """

    def __init__(
        self, starts: Mapping[str, Callable[[], subprocess.Popen[bytes]]], changed: Callable[[], None]
    ) -> None:
        self._starts = starts
        self._changed = changed
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._delays: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self.records: dict[str, ChildRecord] = {}

    def start_all(self, until: Callable[[], bool]) -> None:
        """Start one after another, until the owner is to stop. Raises NotReadyError; those before it then still run."""
        for name in self._starts:
            if not until():
                self._start(name)

    def _start(self, name: str) -> None:
        child = self._starts[name]()
        self._running[name] = child
        before = self.records.get(name)
        self.records[name] = ChildRecord(
            pid=child.pid,
            started=start_time(child.pid) or 0,
            since=now(),
            restarts=before.restarts + 1 if before else 0,
            last_end=before.last_end if before else None,
        )
        self._changed()
        log(f"{name} is ready (pid {child.pid})")

    def begin_all(self) -> None:
        """Start one after another; one that comes to nothing is tried again later, as if it had died."""
        for name in self._starts:
            self._restart(name)

    def look(self) -> None:
        """Note who has died since the last call, and restart whose time has come."""
        for name in list(self.records):
            child = self._running.get(name)
            if child is not None and child.poll() is not None:
                self._note_death(name, _ending(child.returncode))
            elif child is None and time.monotonic() >= self._due[name]:
                self._restart(name)

    def stop(self) -> None:
        """Stop all that run, the last started first."""
        for name in reversed(list(self._starts)):
            child = self._running.pop(name, None)
            if child is not None:
                stop(child, grace=_STOP_SECONDS)
                log(f"{name} has stopped")

    def _restart(self, name: str) -> None:
        try:
            self._start(name)
        except NotReadyError as error:
            self._note_death(name, str(error))

    def _note_death(self, name: str, how: str) -> None:
        record = self.records.setdefault(name, ChildRecord(pid=0, started=0, since=now()))
        lived = time.time() - datetime.fromisoformat(record.since).timestamp()
        delay = self._delays.get(name, 0) * 2 if lived < _STEADY_SECONDS else 0
        self._delays[name] = min(max(delay, _FIRST_DELAY_SECONDS), _LONGEST_DELAY_SECONDS)
        self._due[name] = time.monotonic() + self._delays[name]
        self._running.pop(name, None)
        record.last_end = f"{how} at {now()}"
        self._changed()
        log(f"{name} {how}; restarting it in {self._delays[name]:.1f} s")


def now() -> str:
    """The time as records and logs give it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def log(message: str) -> None:
    """Write a line of the owner's log."""
    print(f"{now()} {message}", flush=True)


def _ending(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
