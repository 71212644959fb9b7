"""One container of a pod over its life: pulled, started, probed, restarted, ended."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from typing import Any, Literal

from sandbox.dataplane.addresses import loopback_twin
from sandbox.kubernetes.api.client import ApiError, UnreachableError
from sandbox.kubernetes.api.events import timestamp
from sandbox.kubernetes.nodes.admission import Command
from sandbox.kubernetes.nodes.back_off import BackOff, PullBackOff
from sandbox.kubernetes.nodes.environment import ConfigError, resolve
from sandbox.kubernetes.nodes.health import ContainerHealth
from sandbox.kubernetes.nodes.host import Host
from sandbox.kubernetes.nodes.runtime_client import RuntimeCallError, RuntimeGoneError
from sandbox.kubernetes.nodes.status import ContainerState
from sandbox.kubernetes.runtime.protocol import Container, StartRequest

Json = dict[str, Any]

_CONFIG_RETRY_SECONDS = 5.0
_RUNTIME_RETRY_SECONDS = 0.2
_SHORTEST_TERMINATION_SECONDS = 2.0  # what is left after a preStop hook that took all of the grace period
_LOST, _LOST_REASON = 137, "ContainerStatusUnknown"  # the kubelet's, of a container that went with its runtime


class ContainerRunner:
    """Runs one container of a pod until it is stopped, or has ended for good."""

    def __init__(
        self,
        specification: Json,
        pod: Callable[[], Json],
        addresses: tuple[str, str],
        host: Host,
        on_change: Callable[[], None],
        found: Container | None,
    ) -> None:
        """addresses: the pod's and its node's. found: a container that runs already, or ended while nobody looked."""
        self.state = ContainerState(name=specification["name"], image=specification["image"])
        self.starting = False
        self._specification = specification
        self._pod = pod
        self._address, self._node_address = addresses
        self._host = host
        self._on_change = on_change
        self._found = found
        self._stopping = asyncio.Event()
        self._grace = 0.0  # once it is stopping
        self._ending: asyncio.Task[None] | None = None
        self._health = ContainerHealth(
            specification, loopback_twin(self._address), self.state, host.probes, self._unhealthy, self._restart
        )
        self._recall()

    async def run(self) -> None:
        """Run the container until it is stopped, or has ended for good."""
        back_off = BackOff()
        container = self._found or await self._start()
        while container is not None:
            terminated = await self._live(container)
            if self._stopping.is_set() or not self._restarts(terminated["exitCode"]):
                return
            lost = terminated["reason"] == _LOST_REASON  # no fault of the container's
            await self._wait(0 if lost else back_off.failed(time.time() - container.started_at))
            self.state.restarts += 1
            container = await self._start()

    async def stop(self, grace: float) -> None:
        """End the container for good: its preStop hook, SIGTERM, and after `grace` seconds SIGKILL."""
        self._grace = grace
        self._stopping.set()
        self._health.stop_killing()
        if self.state.pid is not None:
            await self._end_for_good()

    def _recall(self) -> None:
        """Go on from the pod's status, as another agent left it: what was ready is, until a probe says otherwise."""
        statuses = self._pod().get("status", {}).get("containerStatuses", [])
        before: Json = next((status for status in statuses if status["name"] == self.state.name), {})
        self.state.last_state = before.get("lastState", {})
        self.state.restarts = before.get("restartCount", 0)
        if self._found is not None:
            if self._found.attempt == self.state.restarts:
                self.state.ready, self.state.started = before.get("ready", False), before.get("started", False)
            self._note_running(self._found)
        elif before.get("containerID"):
            self.state.restarts += 1
            if "running" in before["state"]:
                self.state.last_state = {"terminated": _lost(before["state"]["running"]["startedAt"])}

    def _note_running(self, container: Container) -> None:
        self.state.restarts, self.state.container_id = container.attempt, container.id
        self.state.pid = container.pid
        self.state.state = {"running": {"startedAt": timestamp(container.started_at)}}

    async def _start(self) -> Container | None:
        """Start the container, however long it takes; None when told to stop meanwhile."""
        back_off, pull_back_off = BackOff(), PullBackOff()
        while not self._stopping.is_set():
            self.starting = True
            try:
                return await self._attempt()
            except _PullError as error:
                self._waiting("ErrImagePull", str(error))
                self._event("Warning", "Failed", f"Failed to pull image {self.state.image!r}: {error}")
                await self._pause(1)
                self._waiting("ImagePullBackOff", f"Back-off pulling image {self.state.image!r}: {error}")
                self._event("Normal", "BackOff", f"Back-off pulling image {self.state.image!r}")
                await self._pause(pull_back_off.failed(0))
            except ConfigError as error:
                self._waiting("CreateContainerConfigError", str(error))
                self._event("Warning", "Failed", f"Error: {error}")
                await self._pause(_CONFIG_RETRY_SECONDS)
            except (RuntimeGoneError, UnreachableError):
                await self._pause(_RUNTIME_RETRY_SECONDS)
            except RuntimeCallError as error:
                self._waiting("RunContainerError", str(error))
                self._event("Warning", "Failed", f"Error: {error}")
                await self._pause(back_off.failed(0))
            finally:
                self.starting = False
        return None

    async def _attempt(self) -> Container:
        pod, command = self._pod(), Command(self._specification)
        artefact = self._host.artefact(self.state.image)
        if artefact is None:
            raise _PullError(f"{self.state.image}: not found")
        try:
            await self._host.runtime.pull(artefact)
        except RuntimeGoneError:
            raise
        except RuntimeCallError as error:
            raise _PullError(str(error)) from error
        self._event("Normal", "Pulled", f"Container image {self.state.image!r} present on machine")
        variables = await resolve(self._specification, pod, self._address, self._node_address, self._look_up)
        request = StartRequest(
            pod_uid=pod["metadata"]["uid"],
            container=self.state.name,
            attempt=self.state.restarts,
            artefact=artefact,
            module=command.module,
            arguments=command.arguments,
            environment=self._host.environment(pod, variables, self._address, artefact),
            process_name=pod["metadata"]["name"],
            log=str(self._host.logs.file(pod, self.state.name, self.state.restarts)),
        )
        container = await self._host.runtime.start(request)
        self._host.logs.drop_old(pod, self.state.name, self.state.restarts)
        self._event("Normal", "Started", f"Started container {self.state.name}")
        return container

    async def _look_up(self, kind: Literal["configmaps", "secrets"], name: str) -> Json | None:
        try:
            return await self._host.api.get(f"/api/v1/namespaces/{self._pod()['metadata']['namespace']}/{kind}/{name}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise ConfigError(str(error)) from error

    async def _live(self, container: Container) -> Json:
        """Look after a running container until it has ended; how it did, as `terminated` of a ContainerState."""
        self._note_running(container)
        self._on_change()
        if self._stopping.is_set():  # it was being started when it was stopped
            self._ending = asyncio.create_task(self._end_for_good())
        async with self._health.watched(self._on_change):
            ended = await self._host.runtime.ended(container.id)
        if self._ending is not None:
            await asyncio.wait([self._ending])
            self._ending = None
        terminated = _terminated(container, ended)
        self.state.pid, self.state.ready, self.state.started = None, False, False
        self.state.state = {"terminated": terminated}
        self._on_change()
        with contextlib.suppress(RuntimeCallError):  # gone with its runtime
            await self._host.runtime.forget(container.id)
        return terminated

    def _restarts(self, exit_code: int) -> bool:
        policy = self._pod()["spec"].get("restartPolicy", "Always")
        return policy == "Always" or (policy == "OnFailure" and exit_code != 0)

    async def _wait(self, delay: float) -> None:
        """Wait out a back-off between two runs."""
        self.state.last_state = self.state.state
        if delay:
            name = f"{self.state.name} in pod {self._pod()['metadata']['name']}"
            message = f"back-off {delay:.0f}s restarting failed container={name}"
            self._waiting("CrashLoopBackOff", message)
            self._event("Warning", "BackOff", f"Back-off restarting failed container {name}")
            await self._pause(delay)

    def _unhealthy(self, probe: str, fault: str) -> None:
        self._event("Warning", "Unhealthy", f"{probe} probe failed: {fault}")

    def _restart(self, probe: str, grace: float | None) -> None:
        """End the container because a probe failed; it is then started again."""
        self._event("Normal", "Killing", f"Container {self.state.name} failed {probe.lower()} probe, will be restarted")
        longest = grace if grace is not None else self._pod()["spec"].get("terminationGracePeriodSeconds", 30)
        self._ending = asyncio.create_task(self._end(longest))

    async def _end_for_good(self) -> None:
        self._event("Normal", "Killing", f"Stopping container {self.state.name}")
        await self._end(self._grace)

    async def _end(self, grace: float) -> None:
        """The preStop hook, SIGTERM, SIGKILL; returns once the container has ended."""
        container = self.state.container_id
        ended = asyncio.create_task(self._host.runtime.ended(container))
        deadline = time.monotonic() + grace
        try:
            hook = (self._specification.get("lifecycle") or {}).get("preStop")
            if hook and grace:
                await asyncio.wait([ended], timeout=min(hook["sleep"]["seconds"], grace))
            if grace and not ended.done():
                await self._signal(container, signal.SIGTERM)
                left = max(deadline - time.monotonic(), _SHORTEST_TERMINATION_SECONDS)
                await asyncio.wait([ended], timeout=left)
            if not ended.done():
                await self._signal(container, signal.SIGKILL)
            await ended
        finally:
            ended.cancel()

    async def _signal(self, container: str, number: signal.Signals) -> None:
        with contextlib.suppress(RuntimeCallError):  # it has gone, or its runtime has and it with it
            await self._host.runtime.signal(container, number)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _waiting(self, reason: str, message: str) -> None:
        self.state.state = {"waiting": {"reason": reason, "message": message}}
        self._on_change()

    def _event(self, kind: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        self._host.events.record(self._pod(), kind, reason, message, f"spec.containers{{{self.state.name}}}")


class _PullError(RuntimeError):
    """An image can't be pulled."""


def _terminated(container: Container, ended: Container | None) -> Json:
    started = timestamp(container.started_at)
    if ended is None or ended.exit_status is None:
        return _lost(started) | {"containerID": f"prakerja://{container.id}"}
    exit_code = 128 - ended.exit_status if ended.exit_status < 0 else ended.exit_status
    return {
        "exitCode": exit_code,
        "reason": "Error" if exit_code else "Completed",
        "startedAt": started,
        "finishedAt": timestamp(ended.ended_at),
        "containerID": f"prakerja://{container.id}",
    }


def _lost(started: str) -> Json:
    return {
        "exitCode": _LOST,
        "reason": _LOST_REASON,
        "message": "The container went with the runtime that it ran in",
        "startedAt": started,
        "finishedAt": timestamp(),
    }
