"""One pod over its life on a node."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sandbox.kubernetes.api.client import ApiError, UnreachableError
from sandbox.kubernetes.api.events import timestamp
from sandbox.kubernetes.nodes.addresses import NoAddressError
from sandbox.kubernetes.nodes.admission import unsupported
from sandbox.kubernetes.nodes.container import ContainerRunner
from sandbox.kubernetes.nodes.host import Host
from sandbox.kubernetes.nodes.status import ContainerState, differs, pod_status
from sandbox.kubernetes.runtime.protocol import Container

_log = logging.getLogger(__name__)

Json = dict[str, Any]

_RETRY_SECONDS = 0.5
_ADDRESS_RETRY_SECONDS = 5.0
_GONE = {404, 409}  # HTTP's: there is no such pod, or one of that name with another uid


class PodWorker:
    """Runs a pod's containers, reports its status, and lets go of it once it is deleted and has ended."""

    def __init__(self, pod: Json, node_address: str, subnet: str, host: Host) -> None:
        self.pod = pod
        self.runners: dict[str, ContainerRunner] = {}
        self._node_address = node_address
        self._subnet = subnet
        self._host = host
        self._address: str | None = None
        self._refused: list[ContainerState] = []
        self._changed = asyncio.Event()
        self._deleting = asyncio.Event()
        self._removed = asyncio.Event()
        self._take(pod)

    @property
    def uid(self) -> str:
        return str(self.pod["metadata"]["uid"])

    def update(self, pod: Json) -> None:
        """Take notice of the pod's new version. Its own patches come back late; what is older is no news."""
        if int(pod["metadata"]["resourceVersion"]) > int(self.pod["metadata"]["resourceVersion"]):
            self.pod = pod
            self._take(pod)

    def remove(self) -> None:
        """Take notice that the pod is no longer there: what still runs of it is killed."""
        self._removed.set()
        self._deleting.set()

    def run_of(self, container: str) -> int | None:
        """Which run of a container is the present or the last one; None of a container that the pod hasn't."""
        if container in self.runners:
            return self.runners[container].state.restarts
        statuses = self.pod.get("status", {}).get("containerStatuses", [])
        return next((status["restartCount"] for status in statuses if status["name"] == container), None)

    def is_running(self, container: str, attempt: int) -> bool:
        """Whether that run of a container goes on."""
        runner = self.runners.get(container)
        return runner is not None and runner.state.pid is not None and runner.state.restarts == attempt

    async def run(self, found: list[Container]) -> None:
        """Run the pod until it has gone. `found`: containers of it that the runtime has already."""
        reporting = asyncio.create_task(self._report())
        try:
            await self._live(found)
            await self._deleting.wait()
            await self._let_go()
        finally:
            reporting.cancel()
        self._host.addresses.release(self.uid)
        self._host.logs.drop_pod(self.pod)

    def _take(self, pod: Json) -> None:
        if "deletionTimestamp" in pod["metadata"]:
            self._deleting.set()
        self._changed.set()

    async def _live(self, found: list[Container]) -> None:
        """Run the containers until they have ended for good or the pod is deleted, and then end them."""
        if self.pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}:
            return
        if refused := unsupported(self.pod):
            self._refuse(f"the sandbox's nodes can't run a pod with {', '.join(refused)}")
            return
        self._address = await self._find_address()
        if self._address is None:
            return
        tasks = self._start_runners(self._address, found)
        deleting = asyncio.create_task(self._deleting.wait())
        ending = asyncio.gather(*tasks)
        waiting: list[asyncio.Future[Any]] = [ending, deleting]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        deleting.cancel()
        if self._deleting.is_set():
            await self._end_all()
        await ending

    async def _end_all(self) -> None:
        grace = 0.0 if self._removed.is_set() else float(self.pod["metadata"].get("deletionGracePeriodSeconds", 30))
        await asyncio.gather(*(runner.stop(grace) for runner in self.runners.values()))

    def _start_runners(self, address: str, found: list[Container]) -> list[asyncio.Task[None]]:
        tasks = []
        for specification in self.pod["spec"]["containers"]:
            name = specification["name"]
            known = sorted((one for one in found if one.container == name), key=lambda one: one.attempt)
            runner = ContainerRunner(
                specification,
                lambda: self.pod,
                (address, self._node_address),
                self._host,
                self._changed.set,
                known[-1] if known else None,
            )
            self.runners[name] = runner
            tasks.append(asyncio.create_task(runner.run()))
        self._changed.set()
        return tasks

    async def _find_address(self) -> str | None:
        """The address that the pod has or is given; None where it is deleted before one is free."""
        if known := self.pod.get("status", {}).get("podIP"):
            self._host.addresses.adopt(self.uid, known)
        while not self._deleting.is_set():
            try:
                return self._host.addresses.assign(self.uid, self._subnet, self._host.foreign_addresses())
            except NoAddressError as error:
                self._host.events.record(self.pod, "Warning", "FailedCreatePodSandBox", str(error))
                await asyncio.sleep(_ADDRESS_RETRY_SECONDS)
        return None

    def _refuse(self, message: str) -> None:
        """Leave the pod waiting. Were it failed, whoever owns it would make another, and another, at once."""
        self._host.events.record(self.pod, "Warning", "Failed", f"Error: {message}")
        waiting = {"waiting": {"reason": "CreateContainerError", "message": message}}
        self._refused = [
            ContainerState(name=found["name"], image=found["image"], state=waiting)
            for found in self.pod["spec"]["containers"]
        ]
        self._changed.set()

    def _status(self) -> Json | None:
        """What the node has to say of the pod; None while it has nothing to say."""
        states = [runner.state for runner in self.runners.values()] or self._refused
        if not states:
            return None
        return pod_status(self.pod, states, address=self._address, node_address=self._node_address, now=timestamp())

    async def _report(self) -> None:
        """Keep the pod's status in step, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._report_once()
            except ApiError as error:
                if error.status not in _GONE:
                    _log.warning("status of pod %s: %s", self.pod["metadata"]["name"], error)
                    self._changed.set()
                await asyncio.sleep(_RETRY_SECONDS)
            except UnreachableError:
                self._changed.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _report_once(self) -> None:
        status = self._status()
        if status is not None and differs(self.pod.get("status", {}), status):
            body = {"metadata": {"uid": self.uid}, "status": status}
            self.update(await self._host.api.patch(f"{self._path}/status", body, "strategic-merge"))

    async def _let_go(self) -> None:
        """Tell the API server that nothing of the pod runs any more, until it has heard."""
        while not self._removed.is_set():
            try:
                await self._report_once()
                options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}}
                await self._host.api.delete(self._path, options)
            except ApiError as error:
                if error.status in _GONE:
                    return
                _log.warning("deleting pod %s: %s", self.pod["metadata"]["name"], error)
            except UnreachableError:
                pass  # it will be there again
            try:
                async with asyncio.timeout(_RETRY_SECONDS):
                    await self._removed.wait()
            except TimeoutError:
                continue

    @property
    def _path(self) -> str:
        metadata = self.pod["metadata"]
        return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
