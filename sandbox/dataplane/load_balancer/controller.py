"""Keeps HAProxy in step with ELBv2, and ELBv2's target health in step with HAProxy."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.cloud import Cloud, CloudError
from sandbox.dataplane.files import write_atomically
from sandbox.dataplane.load_balancer import health
from sandbox.dataplane.load_balancer.conditions import UnsupportedError
from sandbox.dataplane.load_balancer.configuration import Files, Server, render, server_options, site_listeners
from sandbox.dataplane.load_balancer.first_checks import first_pass
from sandbox.dataplane.load_balancer.health import TargetHealth
from sandbox.dataplane.load_balancer.process import HaproxyProcess, StartError
from sandbox.dataplane.load_balancer.runtime import RuntimeApi, RuntimeApiError
from sandbox.dataplane.load_balancer.weights import backend_name, used_target_groups, weights_map
from sandbox.dataplane.snapshot import Listener, Snapshot, Target, TargetGroup
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)

_HEALTH_SECONDS = 0.5
_BAD_GATEWAY_BODY = "<html><head><title>502 Bad Gateway</title></head></html>"
_BAD_GATEWAY = (
    "HTTP/1.1 502 Bad Gateway\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\n"
    f"Content-Length: {len(_BAD_GATEWAY_BODY)}\r\nConnection: close\r\n\r\n{_BAD_GATEWAY_BODY}"
)

Key = tuple[str, str]  # a backend's name and a server's


class LoadBalancerController:
    """The site's load balancer."""

    def __init__(self, state: SandboxState, cloud: Cloud) -> None:
        self._cloud = cloud
        self._ports = state.ports()
        self._files = Files(state.run)
        self._files.bad_gateway.write_text(_BAD_GATEWAY)
        self._process = HaproxyProcess(self._files, state.logs / "haproxy.log")
        self._api = RuntimeApi(self._files)
        self._snapshot = Snapshot.empty()
        self._changing = asyncio.Lock()
        self._settled = False  # nothing is left to be done for this snapshot
        self._structure = ""  # the running configuration, less its servers
        self._weights: dict[str, int] = {}
        self._servers: dict[Key, Server] = {}  # those that HAProxy has
        self._drained: set[Key] = set()
        self._first_checks: dict[Key, asyncio.Task[None]] = {}
        self._reported: dict[str, dict[str, TargetHealth]] = {}
        self.error: str | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid

    async def apply(self, snapshot: Snapshot) -> None:
        """Bring HAProxy in step with a snapshot. What can't be done is in `error`, and tried again by `watch`."""
        self._snapshot, self._settled = snapshot, False
        await self._converge()

    def forget_reports(self) -> None:
        """Report all health anew: the cloud may have lost what it was told."""
        self._reported = {}

    async def watch(self) -> None:
        """Restart HAProxy if it dies, finish what is still to be done, and report health, until cancelled."""
        while True:
            await asyncio.sleep(_HEALTH_SECONDS)
            if not self._settled or (self._structure and not self._process.running):
                await self._converge()
            await self._report_health()

    async def stop(self) -> None:
        for task in self._first_checks.values():
            task.cancel()
        await self._process.stop()

    async def _converge(self) -> None:
        async with self._changing:
            try:
                await self._step()
                self.error = None
                self._settled = self._servers.keys() <= {(found.backend, found.name) for found, _, _ in self._desired()}
            except (UnsupportedError, StartError, RuntimeApiError) as error:
                if str(error) != self.error:
                    _log.warning("load balancer: %s", error)
                self.error = str(error)

    async def _step(self) -> None:
        listeners = site_listeners(self._snapshot.load_balancers)
        wanted = {(server.backend, server.name): server for server, _, _ in self._desired()}
        structure = render(listeners, self._snapshot.target_groups, {}, self._ports, self._files)
        weights = weights_map(listeners)
        if not self._process.running:
            await self._start(listeners, structure, weights)
        elif structure != self._structure:
            await self._reload(listeners, structure, weights, wanted)
        elif weights != self._weights:
            self._write_weights(weights)
            await self._api.set_weights(weights)
        if self._process.running:
            await self._change_servers(wanted)

    async def _start(self, listeners: list[Listener], structure: str, weights: dict[str, int]) -> None:
        for task in self._first_checks.values():
            task.cancel()
        self._first_checks.clear()
        self._servers.clear()
        self._drained.clear()
        if not listeners:
            return
        self._write_weights(weights)
        self._files.configuration.write_text(structure)
        await self._process.start()
        self._structure = structure

    async def _reload(
        self, listeners: list[Listener], structure: str, weights: dict[str, int], wanted: dict[Key, Server]
    ) -> None:
        if not listeners:
            await self._process.stop()
            return
        kept = {key: wanted[key] for key in self._servers if key in wanted}
        by_backend: dict[str, list[Server]] = {}
        for server in kept.values():
            by_backend.setdefault(server.backend, []).append(server)
        self._write_weights(weights)
        self._files.configuration.write_text(
            render(listeners, self._snapshot.target_groups, by_backend, self._ports, self._files)
        )
        await self._api.save_server_states()
        await self._process.reload()
        self._structure = structure
        self._servers = kept
        self._drained &= kept.keys()

    def _write_weights(self, weights: dict[str, int]) -> None:
        write_atomically(self._files.weights, "".join(f"{key} {limit}\n" for key, limit in weights.items()).encode())
        self._weights = weights

    async def _change_servers(self, wanted: dict[Key, Server]) -> None:
        for key in [key for key, server in self._servers.items() if wanted.get(key) != server]:
            if await self._api.remove(*key):
                self._forget(key)
        for server, target, group in self._desired():
            key = (server.backend, server.name)
            if key not in self._servers:
                await self._api.add(server)
                self._servers[key] = server
                self._first_checks[key] = asyncio.create_task(self._check_first(key, server, group))
            if target.draining and key not in self._drained:
                await self._api.drain(*key)
                self._drained.add(key)
            elif not target.draining and key in self._drained:
                await self._api.ready(*key)
                self._drained.discard(key)

    def _forget(self, key: Key) -> None:
        del self._servers[key]
        self._drained.discard(key)
        task = self._first_checks.pop(key, None)
        if task is not None:
            task.cancel()

    async def _check_first(self, key: Key, server: Server, group: TargetGroup) -> None:
        async def passed() -> None:
            await self._api.set_healthy(*key)

        try:
            await first_pass(server.address, group.health_check, passed)
        except RuntimeApiError as error:  # HAProxy's own checks go on
            _log.warning("load balancer: %s passed its first check, but HAProxy is not told: %s", server.name, error)
        self._first_checks.pop(key, None)

    def _desired(self) -> Iterator[tuple[Server, Target, TargetGroup]]:
        for group in self._snapshot.target_groups:
            for target in group.targets:
                if target.address is not None:
                    address = f"{loopback_twin(target.address)}:{target.port}"
                    name, options = f"{target.id}:{target.port}", server_options(group.health_check)
                    yield Server(backend_name(group.arn), name, address, options), target, group

    async def _report_health(self) -> None:
        if not self._snapshot.target_groups:
            return
        try:
            current = await self._health()
            changes = {
                arn: changed
                for arn, targets in current.items()
                if (changed := {name: found for name, found in targets.items() if self._known(arn, name) != found})
            }
            if changes:
                await self._cloud.post("target-health", changes)
            self._reported = current  # without those that have gone: a pod's address may come back as another's
        except (CloudError, RuntimeApiError) as error:
            _log.warning("target health is not reported: %s", error)

    def _known(self, arn: str, name: str) -> TargetHealth | None:
        return self._reported.get(arn, {}).get(name)

    async def _health(self) -> dict[str, dict[str, TargetHealth]]:
        states = await self._api.server_states() if self._process.running else {}
        used = used_target_groups(site_listeners(self._snapshot.load_balancers))
        current: dict[str, dict[str, TargetHealth]] = {group.arn: {} for group in self._snapshot.target_groups}
        for server, target, group in self._desired():
            key = (server.backend, server.name)
            state = states.get(key)
            if target.draining:
                # ALB completes a deregistration at once where no request is in flight and no connection is in use
                # (Elastic Load Balancing user guide, deregistration delay).
                busy = key not in self._drained or (state is not None and state.requests > 0)
                found = health.DRAINING if busy else health.DEREGISTERED
            elif group.arn not in used:
                found = health.UNUSED
            elif state is None or (not state.up and key in self._first_checks):
                found = health.INITIAL
            else:
                found = health.HEALTHY if state.up else health.unhealthy(state)
            current[group.arn][server.name] = found
        return current
