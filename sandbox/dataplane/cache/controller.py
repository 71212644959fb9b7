"""All ElastiCache replication groups of one sandbox: desired against actual."""

from __future__ import annotations

import asyncio
import logging

from sandbox.dataplane.cache.replication_group import ReplicationGroup
from sandbox.dataplane.certificates import CertificateAuthority
from sandbox.dataplane.cloud import Cloud, CloudError
from sandbox.dataplane.proxies.principals import principals
from sandbox.dataplane.snapshot import Cache, Snapshot
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)


class CacheController:
    """Starts, updates and ends the caches."""

    def __init__(self, state: SandboxState, cloud: Cloud, key: bytes, authority: CertificateAuthority) -> None:
        self._state = state
        self._cloud = cloud
        self._key = key
        self._authority = authority
        self.groups: dict[str, ReplicationGroup] = {}

    async def apply(self, snapshot: Snapshot) -> None:
        """Bring the caches in step with a snapshot."""
        wanted = {cache.arn: cache for cache in snapshot.caches}
        await asyncio.gather(*(self.groups.pop(arn).stop() for arn in self.groups.keys() - wanted.keys()))
        known = principals(snapshot, self._key)
        for arn, cache in wanted.items():
            if arn not in self.groups:
                self.groups[arn] = ReplicationGroup(cache, self._state, self._available)
            await self.groups[arn].update(cache, snapshot, known, self._authority)

    async def stop(self) -> None:
        await asyncio.gather(*(group.stop() for group in self.groups.values()))

    async def _available(self, cache: Cache) -> None:
        try:
            await self._cloud.post(f"caches/{cache.id}", {"status": "available"})
        except CloudError as error:
            _log.warning("cache %s serves, but the cloud is not told: %s", cache.id, error)
