"""A server and the proxy in front, each restarted when it dies: what databases and caches have in common."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Protocol

from sandbox.dataplane.proxies.process import ProxyProcess

_log = logging.getLogger(__name__)

_RESTART_SECONDS = 0.5


class Server(Protocol):
    """The server behind a proxy."""

    @property
    def pid(self) -> int | None:
        """Its process; None where none runs."""

    async def wait_ended(self) -> int:
        """Its exit status, once it has ended."""

    async def stop(self) -> None:
        """End it."""


class ProxiedServer(ABC):
    """Runs until `stop`.

    product: what the server is, as in "PostgreSQL ended". failures: what starting and running it may fail with.
    """

    product: ClassVar[str]
    failures: ClassVar[tuple[type[Exception], ...]]

    def __init__(self, name: str, running: Server, proxy: str, log: Path) -> None:
        """name: what the log calls it. proxy: the proxy's module. log: the proxy's."""
        self.error: str | None = None
        self.proxy = ProxyProcess(proxy, log, self._problem)
        self._name = name
        self._running = running
        self._serving = asyncio.Event()
        self._tasks = [asyncio.create_task(self._keep_server()), asyncio.create_task(self._announce())]

    @property
    def ready(self) -> bool:
        """Whether the server runs and the proxy listens."""
        return self._running.pid is not None and self._serving.is_set() and self.proxy.listening

    async def stop(self) -> None:
        """End the proxy, then the server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.proxy.stop()
        await self._running.stop()

    @abstractmethod
    async def _start(self) -> None:
        """Start the server; return once it serves."""

    async def _clear_away(self) -> None:  # noqa: B027 - most leave nothing
        """End what a server that failed has left."""

    @abstractmethod
    async def _say_available(self) -> None:
        """Tell the cloud that clients can connect, where it doesn't know."""

    async def _keep_server(self) -> None:
        while True:
            try:
                await self._start()
                self._problem(None)
                self._serving.set()
                status = await self._running.wait_ended()
                self._problem(f"{self.product} ended with status {status}")
            except self.failures as error:
                self._problem(str(error))
                await self._clear_away()
            self._serving.clear()
            await asyncio.sleep(_RESTART_SECONDS)

    async def _announce(self) -> None:
        while True:
            await self._serving.wait()
            if self.proxy.listening:
                await self._say_available()
            await asyncio.sleep(_RESTART_SECONDS)

    def _problem(self, error: str | None) -> None:
        if error is not None and error != self.error:
            _log.warning("%s: %s", self._name, error)
        self.error = error
