"""The emulated cloud as one thing: who may touch it, what has changed, and what the data plane sees of it."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from typing import Any

from sandbox.aws.server.snapshot import take_snapshot

REGION = "ap-southeast-3"
ACCOUNT = "123456789012"


class Cloud:
    """One lock around moto (which is not thread-safe), and the generations of its snapshot.

    A generation is a number that grows whenever the snapshot differs from the one before. It starts at the clock's
    milliseconds, so that a poller which outlives this process sees every generation after a restart as a new one.

    fault: what this process can't do at present, though it goes on serving; None where all is well.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.fault: str | None = None
        self._condition = threading.Condition(self.lock)
        self._changes = 0
        self._shown_changes = 0
        self._changes_seen = -1
        self._digest = b""
        self._generation = int(time.time() * 1000)
        self._snapshot: dict[str, Any] = {}

    @property
    def changes(self) -> int:
        """How many changes this process has seen."""
        return self._changes

    def mark_changed(self, *, shown: bool = True) -> None:
        """Say that something may have changed; wakes those who wait for a snapshot or write it to disk.

        shown: whether the snapshot may differ, which takes some work to find out.
        """
        with self._condition:
            self._changes += 1
            self._shown_changes += shown
            self._condition.notify_all()

    def wait_for_change(self, after: int, timeout: float | None = None) -> int:
        """Return the number of changes once it exceeds `after`, or when `timeout` seconds have passed."""
        with self._condition:
            self._condition.wait_for(lambda: self._changes > after, timeout)
            return self._changes

    def snapshot(self, after: int, timeout: float) -> dict[str, Any]:
        """The first snapshot with a generation above `after`, or the present one when `timeout` seconds have passed.

        It is worked out only when somebody waits for it and something has changed since.
        """
        deadline = time.monotonic() + timeout
        with self._condition:
            while True:
                self._refresh()
                remaining = deadline - time.monotonic()
                if self._generation > after or remaining <= 0:
                    return self._snapshot
                self._condition.wait(remaining)

    def _refresh(self) -> None:
        if self._shown_changes == self._changes_seen:
            return
        content = take_snapshot(ACCOUNT, REGION)
        digest = hashlib.blake2b(json.dumps(content, sort_keys=True).encode()).digest()
        if digest != self._digest:
            self._generation += 1
            self._digest = digest
            self._snapshot = {"generation": self._generation, **content}
        self._changes_seen = self._shown_changes
