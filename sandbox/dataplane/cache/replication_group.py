"""One ElastiCache replication group: its server and the proxy in front, each restarted when it dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.cache.facts import CacheFacts, CacheLogin
from sandbox.dataplane.cache.server import CacheError, CacheServer
from sandbox.dataplane.certificates import CertificateAuthority
from sandbox.dataplane.proxies.principals import Principal
from sandbox.dataplane.proxies.process import ProxyProcess
from sandbox.dataplane.snapshot import Cache, Snapshot
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)

_RESTART_SECONDS = 0.5


class ReplicationGroup:
    """Runs until `stop`."""

    def __init__(self, cache: Cache, state: SandboxState, available: Callable[[Cache], Awaitable[None]]) -> None:
        self.cache = cache
        self.server = CacheServer(state.cache / cache.id, state.logs / f"cache-{cache.id}.log")
        self.error: str | None = None
        self.proxy = ProxyProcess(
            "sandbox.dataplane.cache.proxy", state.logs / f"cache-{cache.id}-proxy.log", self._problem
        )
        self._available = available
        self._serving = asyncio.Event()
        self._tasks = [asyncio.create_task(self._keep_server()), asyncio.create_task(self._announce())]

    @property
    def address(self) -> str:
        """Where clients connect: `host:port`."""
        return f"{loopback_twin(self.cache.address)}:{self.cache.port}"

    @property
    def ready(self) -> bool:
        """Whether the server runs and the proxy listens."""
        return self.server.pid is not None and self._serving.is_set() and self.proxy.listening

    async def update(
        self, cache: Cache, snapshot: Snapshot, principals: Mapping[str, Principal], authority: CertificateAuthority
    ) -> None:
        """Take up changed users, parameters and roles."""
        changed = cache != self.cache
        self.cache = cache
        if changed and self._serving.is_set():
            try:
                await self.server.configure(cache)
                self._problem(None)
            except CacheError as error:
                self._problem(str(error))
        certificate, private_key = authority.certificate(loopback_twin(cache.address))
        self.proxy.tell(
            CacheFacts(
                address=loopback_twin(cache.address),
                port=cache.port,
                replication_group=cache.id,
                arn=cache.arn,
                socket=str(self.server.socket),
                certificate=certificate.decode(),
                private_key=private_key.decode(),
                users={
                    user.name: CacheLogin(user.arn, user.iam, user.no_password, self.server.password(user.name))
                    for user in cache.users
                },
                principals=dict(principals),
                policies=snapshot.roles,
            )
        )

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
                await self.server.start(self.cache)
                self._problem(None)
                self._serving.set()
                status = await self.server.wait_ended()
                self._problem(f"Valkey ended with status {status}")
            except (CacheError, OSError) as error:
                self._problem(str(error))
                await self.server.stop()
            self._serving.clear()
            await asyncio.sleep(_RESTART_SECONDS)

    async def _announce(self) -> None:
        """Say that the group is available, each time that it has become so."""
        while True:
            await self._serving.wait()
            if self.proxy.listening and self.cache.status != "available":
                await self._available(self.cache)
            await asyncio.sleep(_RESTART_SECONDS)

    def _problem(self, error: str | None) -> None:
        if error is not None and error != self.error:
            _log.warning("cache %s: %s", self.cache.id, error)
        self.error = error
