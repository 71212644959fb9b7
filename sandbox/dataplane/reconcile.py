"""The loop: each snapshot of the cloud is handed to the parts that make it so."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from sandbox.dataplane.cache.controller import CacheController
from sandbox.dataplane.certificates import CertificateAuthority
from sandbox.dataplane.cloud import Cloud, CloudError
from sandbox.dataplane.credentials import instance_key
from sandbox.dataplane.database.controller import DatabaseController
from sandbox.dataplane.files import write_atomically
from sandbox.dataplane.load_balancer.controller import LoadBalancerController
from sandbox.dataplane.logs import bound_logs
from sandbox.dataplane.maintenance import Maintenance
from sandbox.dataplane.status import describe
from sandbox.dataplane.virtual_machines.fleet import Fleet
from sandbox.processes import notify_ready
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.5
_STATUS_SECONDS = 0.5


class DataPlane:
    """Everything that runs for one sandbox."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._cloud = Cloud(state.ports().aws)
        key = instance_key(state.secrets / "instance-credentials.key")
        self._fleet = Fleet(state, self._cloud, key)
        authority = CertificateAuthority(state.secrets)
        self._databases = DatabaseController(state, self._cloud, key, authority)
        self._caches = CacheController(state, self._cloud, key, authority)
        self._maintenance = Maintenance(state, self._cloud, self._fleet)
        self._load_balancer = LoadBalancerController(state, self._cloud)

    async def run(self) -> None:
        """Follow the cloud until cancelled, then stop everything in order."""
        background = [
            asyncio.create_task(self._load_balancer.watch()),
            asyncio.create_task(self._databases.watch()),
            asyncio.create_task(self._write_status()),
            asyncio.create_task(bound_logs([self._state.logs, self._state.logs / "vm"])),
        ]
        notify_ready()
        try:
            await self._follow()
        finally:
            for task in background:
                task.cancel()
            await self._stop()

    async def _follow(self) -> None:
        generation, problem = -1, ""
        while True:
            try:
                snapshot = await self._cloud.snapshot(generation)
            except (CloudError, msgspec.ValidationError) as error:
                if str(error) != problem:
                    _log.warning("no snapshot of the cloud: %s", error)
                problem = str(error)
                generation = -1  # a cloud that was restarted counts anew, and has forgotten all health
                self._load_balancer.forget_reports()
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            generation, problem = snapshot.generation, ""
            # the load balancer first: it stops sending to machines that are about to end
            await self._load_balancer.apply(snapshot)
            self._fleet.apply(snapshot)
            await self._databases.apply(snapshot)
            await self._caches.apply(snapshot)
            self._maintenance.apply(snapshot)

    async def _write_status(self) -> None:
        file = self._state.run / "dataplane.json"
        written = b""
        while True:
            document = describe(self._fleet, self._load_balancer, self._databases, self._caches)
            if document != written:
                write_atomically(file, document)
                written = document
            await asyncio.sleep(_STATUS_SECONDS)

    async def _stop(self) -> None:
        """The load balancer first, so that no request meets a closed service; what services depend on last."""
        await self._load_balancer.stop()
        await self._maintenance.stop()
        await self._fleet.stop()
        await self._caches.stop()
        await self._databases.stop()
