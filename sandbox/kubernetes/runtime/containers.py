"""The containers of one runtime: started, watched until they end, remembered until they are forgotten."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections import Counter
from pathlib import Path

import msgspec

from sandbox.dataplane.credentials import Credentials
from sandbox.dataplane.runner.artefacts import Artefacts, ArtefactSource
from sandbox.dataplane.runner.errors import BootError
from sandbox.dataplane.runner.parents import Fork, WarmParents
from sandbox.kubernetes.runtime.protocol import Container, Listing, StartRequest

# The nodes' own way to the layers of an image, which on AWS is the node role's.
_NODE_CREDENTIALS = Credentials("AKIANODE", "node")


class UnknownContainerError(LookupError):
    """There is no such container."""


class Containers:
    """All containers of one sandbox's pods."""

    def __init__(self, artefacts: Artefacts, parents: WarmParents) -> None:
        self._artefacts = artefacts
        self._parents = parents
        self._containers: dict[str, Container] = {}
        self._forks: dict[str, Fork] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._in_use: Counter[str] = Counter()  # digests of artefacts: containers that run, or are about to
        self._generation = time.monotonic_ns()  # beyond any generation of a runtime before this one
        self._changed = asyncio.Condition()

    async def pull(self, source: ArtefactSource) -> None:
        """Fetch an artefact, if it isn't here yet. Raises BootError."""
        await self._artefacts.fetch(source, _NODE_CREDENTIALS)

    async def start(self, request: StartRequest) -> Container:
        """Start a container. Raises BootError."""
        digest = request.artefact.sha256
        self._in_use[digest] += 1
        try:
            artefact = await self._artefacts.fetch(request.artefact, _NODE_CREDENTIALS)
            parent = await self._parents.get(artefact)
            fork = await parent.fork(
                request.module, request.environment, request.process_name, Path(request.log), request.arguments
            )
        except BaseException:
            self._in_use[digest] -= 1
            raise
        identifier = secrets.token_hex(32)
        self._forks[identifier] = fork
        container = Container(
            id=identifier,
            generation=0,
            pod_uid=request.pod_uid,
            container=request.container,
            attempt=request.attempt,
            pid=fork.pid,
            started_at=time.time(),
        )
        container = await self._record(container)
        task = asyncio.create_task(self._watch(container, fork, digest))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        return container

    def signal(self, identifier: str, number: int) -> None:
        """Signal a container's process; nothing, where it has ended. Raises UnknownContainerError, ValueError."""
        if identifier not in self._containers:
            raise UnknownContainerError(identifier)
        if fork := self._forks.get(identifier):
            fork.send_signal(signal.Signals(number))

    async def forget(self, identifier: str) -> None:
        """Drop the record of a container that has ended. Raises UnknownContainerError, BootError where it runs."""
        if identifier not in self._containers:
            raise UnknownContainerError(identifier)
        if identifier in self._forks:
            raise BootError(f"container {identifier} still runs")
        async with self._changed:
            del self._containers[identifier]
            self._generation += 1
            self._changed.notify_all()

    async def listing(self, after: int, seconds: float) -> Listing:
        """All containers, once something has changed since generation `after`, or when the time is up."""
        async with self._changed:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait_for(lambda: self._generation > after)
            except TimeoutError:
                pass
            return Listing(self._generation, list(self._containers.values()))

    async def stop(self, grace: float) -> None:
        """End all containers, drained where they manage within `grace` seconds, and the warm parents."""
        for fork in self._forks.values():
            fork.send_signal(signal.SIGTERM)
        if self._watching:
            await asyncio.wait(self._watching, timeout=grace)
        self._parents.retain(set())

    async def _watch(self, container: Container, fork: Fork, digest: str) -> None:
        status = await fork.ended
        del self._forks[container.id]
        self._in_use[digest] -= 1
        await self._record(msgspec.structs.replace(container, ended_at=time.time(), exit_status=status))
        self._parents.retain({found for found, count in self._in_use.items() if count})

    async def _record(self, container: Container) -> Container:
        async with self._changed:
            self._generation += 1
            container = msgspec.structs.replace(container, generation=self._generation)
            self._containers[container.id] = container
            self._changed.notify_all()
        return container
