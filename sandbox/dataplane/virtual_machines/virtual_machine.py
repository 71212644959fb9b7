"""One instance's process over its life."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.runner.artefacts import Artefact
from sandbox.dataplane.runner.errors import BootError
from sandbox.dataplane.runner.parents import Fork
from sandbox.dataplane.snapshot import Instance
from sandbox.dataplane.virtual_machines.user_data import UserData

_log = logging.getLogger(__name__)

_STABLE_SECONDS = 10  # a service that lived this long is restarted without growing delays
_LONGEST_RESTART_SECONDS = 30.0
_SHUTDOWN_SECONDS = 5  # beyond the drain time, before what still runs is killed


class VirtualMachine:
    """One instance's process: booted, restarted when it ends, drained when it is told to stop."""

    def __init__(self, instance: Instance, boot: Callable[[VirtualMachine], Awaitable[None]]) -> None:
        self.instance = instance
        self.address = loopback_twin(instance.private_ip)
        self.state = "booting"
        self.error: str | None = None
        self._logged = ""
        self.fork: Fork | None = None
        self.user_data: UserData | None = None
        self.artefact: Artefact | None = None
        self._boot = boot
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Drain and end the process. Returns once it has gone."""
        self._stopping.set()
        await self._task

    async def _run(self) -> None:
        delay = 0.0
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started = loop.time()
            try:
                await self._boot(self)
                if self.fork is None:
                    self.state = "idle"
                    await self._stopping.wait()  # an instance without a service: there is nothing to run
                    break
                self.state, self.error = "running", None
                status = await self._live(self.fork)
                self._ended(status)
            except BootError as error:
                self._failed(str(error))
            self.fork = None
            stable = loop.time() - started >= _STABLE_SECONDS
            shortest = (self.user_data and self.user_data.restart_seconds) or 1.0
            delay = shortest if stable or not delay else min(2 * delay, _LONGEST_RESTART_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stopping.wait()
        self.state = "stopped"

    async def _live(self, fork: Fork) -> int:
        """Wait for the process to end by itself, or end it when told to stop."""
        stopping = asyncio.create_task(self._stopping.wait())
        waiting: list[asyncio.Future[Any]] = [fork.ended, stopping]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        if not fork.ended.done():
            self.state = "draining"
            fork.send_signal(signal.SIGTERM)
            await asyncio.wait([fork.ended], timeout=self._drain_seconds() + _SHUTDOWN_SECONDS)
        if not fork.ended.done():
            fork.send_signal(signal.SIGKILL)
        return await fork.ended

    def _drain_seconds(self) -> float:
        return float(self.user_data.environment.get("PRAKERJA_DRAIN_SECONDS", 0)) if self.user_data else 0

    def _ended(self, status: int) -> None:
        if not self._stopping.is_set():
            how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
            self._failed(f"its service {how}; see logs/vm/{self.instance.id}.log")

    def _failed(self, reason: str) -> None:
        self.state, self.error = "failed", reason
        if reason != self._logged:
            _log.warning("instance %s: %s", self.instance.id, reason)
            self._logged = reason
