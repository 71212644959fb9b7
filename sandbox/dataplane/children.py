"""Waiting for child processes without a thread."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sandbox.processes import spawn

REPOSITORY = Path(__file__).parents[2]


def plain_environment() -> dict[str, str]:
    """The environment of every child: nothing of ours leaks in; programs of this package are found."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}


async def ended(child: subprocess.Popen[bytes]) -> int:
    """The exit status of a child, once it has ended (negative: the signal that ended it)."""
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[None] = loop.create_future()
    descriptor = os.pidfd_open(child.pid)
    try:
        loop.add_reader(descriptor, _resolve, exited)
        await exited
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return child.wait()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def terminate(child: subprocess.Popen[bytes], *, grace: float) -> None:
    """End a child: SIGTERM, then SIGKILL after `grace` seconds. Returns once it has gone."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        async with asyncio.timeout(grace):
            await ended(child)
    except TimeoutError:
        child.kill()
        child.wait()


async def run(arguments: Sequence[str], *, log: Path, seconds: float) -> int:
    """Run a child to its end and return its exit status; it is killed where `seconds` pass first."""
    child = spawn(arguments, log=log, environment=plain_environment())
    try:
        async with asyncio.timeout(seconds):
            return await ended(child)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
