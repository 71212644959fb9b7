"""Keeping logs bounded: a log that has grown too long moves to `<name>.1`, over the one before."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from pathlib import Path

LOG_BYTES = 1 << 20
_CHECK_SECONDS = 10


async def bound_logs(directories: list[Path]) -> None:
    """Look after all `*.log` in some directories, until cancelled."""
    while True:
        await asyncio.sleep(_CHECK_SECONDS)
        for directory in directories:
            for log in directory.glob("*.log"):
                bound_log(log, LOG_BYTES)


def bound_log(log: Path, limit: int) -> None:
    """Turn a log over where it exceeds `limit` bytes. Its writers go on: they have it open for appending."""
    with contextlib.suppress(FileNotFoundError):  # a pod's log goes with the pod
        if log.stat().st_size > limit:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)
