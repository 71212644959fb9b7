"""One RDS instance: its server and the proxy in front, each restarted when it dies."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable

import asyncpg
import msgspec

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.children import ended, plain_environment, terminate
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.database.server import DatabaseError, DatabaseServer
from sandbox.dataplane.snapshot import Database
from sandbox.dataplane.unprivileged import as_unprivileged
from sandbox.processes import spawn
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)

_RESTART_SECONDS = 0.5
_PROXY_STOP_SECONDS = 1
_PROGRAM = "sandbox.dataplane.database.proxy"


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
        self.listening = False
        self._proxy_log = state.logs / f"database-{database.identifier}-proxy.log"
        self._proxy: subprocess.Popen[bytes] | None = None
        self._channel: asyncio.StreamWriter | None = None
        self._facts: ProxyFacts | None = None
        self._facts_known = asyncio.Event()
        self._available = available
        self._serving = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._keep_server()),
            asyncio.create_task(self._keep_proxy()),
            asyncio.create_task(self._announce()),
        ]

    @property
    def address(self) -> str:
        """Where clients connect: `host:port`."""
        return f"{loopback_twin(self.database.address)}:{self.database.port}"

    @property
    def ready(self) -> bool:
        """Whether the server runs and the proxy listens."""
        return self.server.pid is not None and self._serving.is_set() and self.listening

    @property
    def proxy_pid(self) -> int | None:
        return self._proxy.pid if self._proxy is not None and self._proxy.poll() is None else None

    async def update(self, database: Database, facts: ProxyFacts) -> None:
        """Take up changed parameters and facts."""
        if database.parameters != self.database.parameters and self._serving.is_set():
            await self.server.configure(database)
        self.database = database
        if facts != self._facts:
            self._facts = facts
            self._facts_known.set()
            self._send_facts()

    async def stop(self) -> None:
        """End the proxy, then the server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._proxy is not None:
            await terminate(self._proxy, grace=_PROXY_STOP_SECONDS)
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

    async def _keep_proxy(self) -> None:
        await self._facts_known.wait()
        while True:
            ours, theirs = socket.socketpair()
            with theirs:
                self._proxy = spawn(
                    as_unprivileged([sys.executable, "-m", _PROGRAM, str(theirs.fileno())]),
                    log=self._proxy_log,
                    environment=plain_environment(),
                    pass_fds=(theirs.fileno(),),
                )
            reader, self._channel = await asyncio.open_unix_connection(sock=ours)
            self._send_facts()
            while line := await reader.readline():
                message = json.loads(line)
                self.listening = "listening" in message
                self._problem(message.get("error"))
            self.listening = False
            self._channel.close()
            self._channel = None
            self._problem(f"the database proxy ended with status {await ended(self._proxy)}")
            await asyncio.sleep(_RESTART_SECONDS)

    async def _announce(self) -> None:
        """Say that the instance is available, each time that it has become so."""
        while True:
            await self._serving.wait()
            if self.listening and self.database.status != "available":
                await self._available(self.database)
            await asyncio.sleep(_RESTART_SECONDS)

    def _send_facts(self) -> None:
        if self._channel is not None and self._facts is not None:
            self._channel.write(msgspec.json.encode(self._facts) + b"\n")

    def _problem(self, error: str | None) -> None:
        if error is not None and error != self.error:
            _log.warning("database %s: %s", self.database.identifier, error)
        self.error = error
