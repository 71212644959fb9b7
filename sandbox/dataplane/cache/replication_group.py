"""One ElastiCache replication group: its server and the proxy in front, each restarted when it dies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.cache.facts import CacheFacts, CacheLogin
from sandbox.dataplane.cache.server import CacheError, CacheServer
from sandbox.dataplane.certificates import CertificateAuthority
from sandbox.dataplane.proxies.principals import Principal
from sandbox.dataplane.proxies.proxied_server import ProxiedServer
from sandbox.dataplane.snapshot import Cache, Snapshot
from sandbox.state import SandboxState


class ReplicationGroup(ProxiedServer):
    """Runs until `stop`."""

    product = "Valkey"
    failures = (CacheError, OSError)

    def __init__(self, cache: Cache, state: SandboxState, available: Callable[[Cache], Awaitable[None]]) -> None:
        self.cache = cache
        self.server = CacheServer(state.cache / cache.id, state.logs / f"cache-{cache.id}.log")
        self._available = available
        super().__init__(
            f"cache {cache.id}",
            self.server,
            "sandbox.dataplane.cache.proxy",
            state.logs / f"cache-{cache.id}-proxy.log",
        )

    @property
    def address(self) -> str:
        """Where clients connect: `host:port`."""
        return f"{loopback_twin(self.cache.address)}:{self.cache.port}"

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

    async def _start(self) -> None:
        await self.server.start(self.cache)

    async def _clear_away(self) -> None:
        await self.server.stop()

    async def _say_available(self) -> None:
        if self.cache.status != "available":
            await self._available(self.cache)
