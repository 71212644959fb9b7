"""What containers use of the processor and of memory, from /proc."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """One process: cores in use on average over the `window` seconds before `at`, and bytes of memory."""

    cores: float
    memory: int
    window: float
    at: float


class UsageSampler:
    """Samples processes every few seconds."""

    def __init__(self, processes: Callable[[], Iterable[int]]) -> None:
        self._processes = processes
        self._seconds: dict[int, tuple[float, float]] = {}  # pid → processor seconds, and when they were read
        self.usage: dict[int, Usage] = {}

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(SAMPLE_SECONDS)

    def sample(self) -> None:
        """Take one sample of all processes; of one seen for the first time there is no usage yet."""
        before, self._seconds = self._seconds, {}
        usage = {}
        for pid in self._processes():
            used, now = _processor_seconds(pid), time.monotonic()
            if used is None:
                continue
            self._seconds[pid] = used, now
            if pid in before:
                earlier, then = before[pid]
                window = now - then
                usage[pid] = Usage(max(0.0, used - earlier) / window, _memory(pid), window, time.time())
        self.usage = usage


def _processor_seconds(pid: int) -> float | None:
    """User and system time of a process and its ended children (proc(5): fields 14 to 17); None where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return sum(int(value) for value in fields[11:15]) / _TICKS


def _memory(pid: int) -> int:
    """Resident bytes that are not of a file; those that a fork still shares with its warm parent count too."""
    try:
        resident, shared = (int(value) for value in Path(f"/proc/{pid}/statm").read_text().split()[1:3])
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")
