"""The running instances as processes: desired against actual."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from sandbox.dataplane.boot import service_environment
from sandbox.dataplane.cloud import Cloud, CloudError
from sandbox.dataplane.credentials import instance_credentials
from sandbox.dataplane.runner.artefacts import Artefact, Artefacts, ArtefactSource
from sandbox.dataplane.runner.errors import BootError
from sandbox.dataplane.runner.parents import WarmParents
from sandbox.dataplane.runner.warm_parent import SERVICE_MODULE
from sandbox.dataplane.snapshot import Instance, Snapshot
from sandbox.dataplane.virtual_machines.user_data import UserData, parse
from sandbox.dataplane.virtual_machines.virtual_machine import VirtualMachine
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)

_GONE = {"terminated", "shutting-down"}


class Fleet:
    """All virtual machines of one sandbox."""

    def __init__(self, state: SandboxState, cloud: Cloud, key: bytes) -> None:
        self._logs = state.logs / "vm"
        self._logs.mkdir(exist_ok=True)
        self._state = state
        self._cloud = cloud
        self._key = key
        self._parents = WarmParents(self._logs)
        self._artefacts = Artefacts(state.artefacts, cloud)
        self._snapshot = Snapshot.empty()
        self.machines: dict[str, VirtualMachine] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._jobs: list[str] = []  # digests of the artefacts that jobs run from

    def apply(self, snapshot: Snapshot) -> None:
        """Start what should run, begin to end what shouldn't. Returns at once."""
        self._snapshot = snapshot
        instances = {instance.id: instance for instance in snapshot.instances}
        for identifier in self.machines.keys() | {found.id for found in snapshot.instances if found.state in _GONE}:
            if identifier not in self._ending and not _runs(instances.get(identifier)):
                self._ending[identifier] = asyncio.create_task(self._end(identifier))
        for instance in instances.values():
            if _runs(instance) and instance.id not in self.machines:
                self.machines[instance.id] = VirtualMachine(instance, self._boot)

    async def run_job(
        self, instance: Instance, module: str, source: ArtefactSource, environment: Mapping[str, str], log: Path
    ) -> int:
        """Run a module of an artefact on an instance, to its end. Returns its exit status. Raises BootError."""
        artefact = await self._artefact(instance, source)
        parent = await self._parents.get(artefact)
        variables = self._environment(instance, artefact, environment)
        fork = await parent.fork(module, variables, instance.id, log)
        self._jobs.append(source.sha256)
        try:
            return await fork.ended
        finally:
            self._jobs.remove(source.sha256)

    async def stop(self) -> None:
        """Drain and end every machine, then the warm parents."""
        await asyncio.gather(*(machine.stop() for machine in self.machines.values()))
        for task in self._ending.values():
            task.cancel()
        self._parents.retain(set())

    async def _boot(self, machine: VirtualMachine) -> None:
        machine.user_data = self.user_data(machine.instance)
        if machine.user_data.restart_seconds is None:
            return
        if machine.user_data.artefact is None:
            raise BootError("the user data has a service unit but no /etc/prakerja/artefact.json")
        machine.artefact = await self._artefact(machine.instance, machine.user_data.artefact)
        parent = await self._parents.get(machine.artefact)
        machine.fork = await parent.fork(
            SERVICE_MODULE,
            self._environment(machine.instance, machine.artefact, machine.user_data.environment),
            machine.instance.id,
            self._logs / f"{machine.instance.id}.log",
        )

    def user_data(self, instance: Instance) -> UserData:
        """An instance's user data. Raises BootError where it can't be read."""
        return parse(self._snapshot.user_data.get(instance.user_data_sha256 or "", ""))

    async def _artefact(self, instance: Instance, source: ArtefactSource) -> Artefact:
        policies = self._snapshot.roles.get(instance.instance_profile_arn or "", [])
        return await self._artefacts.get(source, instance_credentials(instance.id, self._key), policies)

    def _environment(self, instance: Instance, artefact: Artefact, variables: Mapping[str, str]) -> dict[str, str]:
        return service_environment(
            variables,
            state=self._state,
            credentials=instance_credentials(instance.id, self._key),
            address=instance.private_ip,
            served_by=instance.id,
            release=artefact.release,
        )

    async def _end(self, identifier: str) -> None:
        machine = self.machines.get(identifier)
        if machine is not None:
            await machine.stop()
            del self.machines[identifier]
        in_use = {found.artefact.sha256 for found in self.machines.values() if found.artefact}
        self._parents.retain(in_use.union(self._jobs))
        if any(found.id == identifier and found.state in _GONE for found in self._snapshot.instances):
            try:  # a release that fails is tried again with the next snapshot
                await self._cloud.post(f"instances/{identifier}", {"state": "released"})
            except CloudError as error:
                _log.warning("instance %s has ended, but its address is not released: %s", identifier, error)
        del self._ending[identifier]


def _runs(instance: Instance | None) -> bool:
    return instance is not None and instance.state == "running"
