"""One RDS instance: its server and the proxy in front, each restarted when it dies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.database.server import DatabaseError, DatabaseServer
from sandbox.dataplane.proxies.proxied_server import ProxiedServer
from sandbox.dataplane.snapshot import Database
from sandbox.state import SandboxState


class DatabaseInstance(ProxiedServer):
    """Runs until `stop`."""

    product = "PostgreSQL"
    failures = (DatabaseError, OSError, asyncpg.PostgresError)

    def __init__(
        self, database: Database, state: SandboxState, available: Callable[[Database], Awaitable[None]]
    ) -> None:
        self.database = database
        self.server = DatabaseServer(
            database, state.database / database.identifier, state.logs / f"database-{database.identifier}.log"
        )
        self._available = available
        super().__init__(
            f"database {database.identifier}",
            self.server,
            "sandbox.dataplane.database.proxy",
            state.logs / f"database-{database.identifier}-proxy.log",
        )

    @property
    def address(self) -> str:
        """Where clients connect: `host:port`."""
        return f"{loopback_twin(self.database.address)}:{self.database.port}"

    async def update(self, database: Database, facts: ProxyFacts) -> None:
        """Take up changed parameters and facts."""
        if database.parameters != self.database.parameters and self._serving.is_set():
            await self.server.configure(database)
        self.database = database
        self.proxy.tell(facts)

    async def _start(self) -> None:
        await self.server.start()

    async def _say_available(self) -> None:
        if self.database.status != "available":
            await self._available(self.database)
