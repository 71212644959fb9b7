"""One RDS instance: its server and the proxy in front, each restarted when it dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import asyncpg

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.database.server import DatabaseError, DatabaseServer
from sandbox.dataplane.proxies.process import ProxyProcess
from sandbox.dataplane.snapshot import Database
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)

_RESTART_SECONDS = 0.5


class DatabaseInstance:
    """Runs until `stop`. `serving` is set while a client can connect."""

    def __init__(
        self, database: Database, state: SandboxState, available: Callable[[Database], Awaitable[None]]
    ) -> None:
        self.database = database
        self.server = DatabaseServer(
            database, state.database / database.identifier, state.logs / f"database-{database.identifier}.log"
        )
        self.error: str | None = None
        self.proxy = ProxyProcess(
            "sandbox.dataplane.database.proxy",
            state.logs / f"database-{database.identifier}-proxy.log",
            self._problem,
        )
        self._available = available
        self._serving = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._keep_server()),
            asyncio.create_task(self._announce()),
        ]

    @property
    def address(self) -> str:
        """Where clients connect: `host:port`."""
        return f"{loopback_twin(self.database.address)}:{self.database.port}"

    @property
    def ready(self) -> bool:
        """Whether the server runs and the proxy listens."""
        return self.server.pid is not None and self._serving.is_set() and self.proxy.listening

    async def update(self, database: Database, facts: ProxyFacts) -> None:
        """Take up changed parameters and facts."""
        if database.parameters != self.database.parameters and self._serving.is_set():
            await self.server.configure(database)
        self.database = database
        self.proxy.tell(facts)

    async def stop(self) -> None:
        """End the proxy, then the server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.proxy.stop()
        await self.server.stop()

    async def _keep_server(self) -> None:
        while True:
            try:
                await self.server.start()
                self._problem(None)
                self._serving.set()
                status = await self.server.wait_ended()
                self._problem(f"PostgreSQL ended with status {status}")
            except (DatabaseError, OSError, asyncpg.PostgresError) as error:
                self._problem(str(error))
            self._serving.clear()
            await asyncio.sleep(_RESTART_SECONDS)

    async def _announce(self) -> None:
        """Say that the instance is available, each time that it has become so."""
        while True:
            await self._serving.wait()
            if self.proxy.listening and self.database.status != "available":
                await self._available(self.database)
            await asyncio.sleep(_RESTART_SECONDS)

    def _problem(self, error: str | None) -> None:
        if error is not None and error != self.error:
            _log.warning("database %s: %s", self.database.identifier, error)
        self.error = error
