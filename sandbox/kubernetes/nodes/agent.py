"""The node agent: it brings together the pods of the API server and the containers of the runtime."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Iterable
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from sandbox.dataplane.cloud import Cloud, CloudError
from sandbox.dataplane.credentials import instance_key
from sandbox.kubernetes.api.client import ApiError, KubernetesApi, UnreachableError
from sandbox.kubernetes.api.events import EventRecorder
from sandbox.kubernetes.api.reflector import Reflector
from sandbox.kubernetes.binder import readiness_gates
from sandbox.kubernetes.binder.controller import Binder
from sandbox.kubernetes.nodes import kubelet_api, metrics_api
from sandbox.kubernetes.nodes.host import Host
from sandbox.kubernetes.nodes.logs import PodLogs
from sandbox.kubernetes.nodes.pod import PodWorker
from sandbox.kubernetes.nodes.registry import Node, NodeRegistry
from sandbox.kubernetes.nodes.runtime_client import PodRuntime, RuntimeCallError
from sandbox.kubernetes.nodes.serving import listen, server_context
from sandbox.kubernetes.nodes.usage import UsageSampler
from sandbox.kubernetes.runtime.protocol import Container, socket_path
from sandbox.processes import notify_ready
from sandbox.state import LOOPBACK, SandboxState

_log = logging.getLogger(__name__)

Json = dict[str, Any]

_MANAGER = "prakerja-nodes"
_RETRY_SECONDS = 0.5
_WEBHOOK_ADDRESS = "127.0.1.1"  # one that the kubelets' certificate is for


class NodeAgent:
    """Everything that the nodes of one sandbox's cluster do."""

    def __init__(self, state: SandboxState, api: KubernetesApi, probes: aiohttp.ClientSession) -> None:
        self._state = state
        self._api = api
        self._cloud = Cloud(state.ports().aws)
        logs = state.logs / "pod"
        logs.mkdir(exist_ok=True)
        self._runtime = PodRuntime(socket_path(state), self._sweep)
        self._host = Host(
            state=state,
            api=api,
            runtime=self._runtime,
            events=EventRecorder(api, "kubelet"),
            logs=PodLogs(logs),
            probes=probes,
            key=instance_key(state.secrets / "instance-credentials.key"),
        )
        self._pods = Reflector(api, "/api/v1/pods", self._pod_changed)
        self._registry = NodeRegistry(api, self._kubelet_port, self._pods)
        self._binder = Binder(api, self._pods, self._cloud.endpoint)
        self._usage = UsageSampler(self._processes)
        self._workers: dict[str, PodWorker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._killing: set[asyncio.Task[None]] = set()
        self._kubelet_ports: dict[str, int] = {}
        self._runners: list[web.AppRunner] = []
        self._started = False

    async def run(self) -> None:
        """Serve until cancelled. The pods go on; the next agent adopts them."""
        try:
            async with self._runtime, asyncio.TaskGroup() as group:
                for reflector in (
                    self._pods,
                    self._registry.pools,
                    self._registry.registered,
                    *self._binder.reflectors,
                ):
                    group.create_task(reflector.run())
                group.create_task(self._runtime.run())
                group.create_task(self._follow_cloud())
                await self._begin()
                group.create_task(self._registry.run())
                group.create_task(self._binder.run())
                group.create_task(self._usage.run())
                notify_ready()
        finally:
            for task in self._tasks.values():
                task.cancel()
            for runner in self._runners:
                await runner.cleanup()

    async def _begin(self) -> None:
        """Adopt what runs, and let the API server know where we are."""
        await self._serve_common()
        await self._pods.synced.wait()
        await self._runtime.synced.wait()
        self._host.logs.sweep(self._pods.objects.values())
        self._started = True
        self._look_at_all()
        self._sweep()

    async def _follow_cloud(self) -> None:
        generation, problem = -1, ""
        while True:
            try:
                snapshot = await self._cloud.snapshot(generation)
            except (CloudError, msgspec.ValidationError) as error:
                if str(error) != problem:
                    _log.warning("no snapshot of the cloud: %s", error)
                generation, problem = -1, str(error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            generation, problem = snapshot.generation, ""
            self._host.snapshot = snapshot
            before = self._registry.nodes
            self._registry.apply(snapshot)
            if self._registry.nodes != before:
                for node in self._registry.nodes.values():
                    await self._serve_kubelet(node)
                self._look_at_all()

    async def _serve_common(self) -> None:
        """The metrics API and the webhook, and where they are."""
        directory = self._state.kubernetes
        metrics = await self._runner(metrics_api.application(self._workers.values, lambda: self._usage.usage))
        metrics_port = await listen(metrics, LOOPBACK, server_context(directory, clients_of="front-proxy-ca.pem"))
        webhook = await self._runner(readiness_gates.application(self._binder.gates_for))
        webhook_port = await listen(webhook, _WEBHOOK_ADDRESS, server_context(directory, clients_of=None))
        url = f"https://{_WEBHOOK_ADDRESS}:{webhook_port}"
        for reflector in self._binder.reflectors:
            await reflector.synced.wait()
        while True:
            try:
                await metrics_api.register(self._api, metrics_port, _MANAGER)
                await readiness_gates.register(self._api, url, self._authority(), _MANAGER)
            except (ApiError, UnreachableError) as error:
                _log.warning("the node agent is not registered: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _serve_kubelet(self, node: Node) -> None:
        if node.name not in self._kubelet_ports:
            runner = await self._runner(kubelet_api.application(self._find, self._host.logs))
            context = server_context(self._state.kubernetes, clients_of="kubelet-client-ca.pem")
            self._kubelet_ports[node.name] = await listen(runner, node.address, context)

    async def _runner(self, application: web.Application) -> web.AppRunner:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runners.append(runner)
        return runner

    def _authority(self) -> bytes:
        return (self._state.kubernetes / "ca.pem").read_bytes()

    def _kubelet_port(self, node: str) -> int:
        return self._kubelet_ports[node]

    def _pod_changed(self, old: Json | None, new: Json | None) -> None:
        found = new or old
        if found is None:
            return
        self._binder.pod_changed(found)
        if new is not None:
            self._look_at(new)
        elif worker := self._workers.get(found["metadata"]["uid"]):
            worker.remove()

    def _look_at_all(self) -> None:
        for pod in self._pods.objects.values():
            self._look_at(pod)

    def _look_at(self, pod: Json) -> None:
        """Tell a pod's worker of it, or start one where the pod has come to one of our nodes."""
        uid = pod["metadata"]["uid"]
        node = self._registry.nodes.get(pod["spec"].get("nodeName", ""))
        if uid in self._workers:
            self._workers[uid].update(pod)
        elif self._started and node is not None:
            worker = PodWorker(pod, node.address, node.subnet, self._host)
            self._workers[uid] = worker
            found = [one for one in self._runtime.containers.values() if one.pod_uid == uid]
            self._tasks[uid] = asyncio.create_task(worker.run(found))
            self._tasks[uid].add_done_callback(lambda task: self._ended(uid, task))

    def _ended(self, uid: str, task: asyncio.Task[None]) -> None:
        del self._workers[uid], self._tasks[uid]
        if not task.cancelled() and (error := task.exception()):
            _log.error("pod %s is no longer looked after", uid, exc_info=error)

    def _sweep(self) -> None:
        """Kill and forget what runs without a pod: one that was deleted, or started twice, while nobody looked."""
        if not self._started or not self._registry.nodes:
            return
        for container in list(self._runtime.containers.values()):
            if not self._is_known(container):
                task = asyncio.create_task(self._drop(container))
                self._killing.add(task)
                task.add_done_callback(self._killing.discard)

    def _is_known(self, container: Container) -> bool:
        worker = self._workers.get(container.pod_uid)
        runner = worker.runners.get(container.container) if worker else None
        if worker is None or (runner is None and worker.runners):
            return False
        return runner is None or runner.starting or runner.state.container_id in {container.id, ""}

    async def _drop(self, container: Container) -> None:
        with contextlib.suppress(RuntimeCallError):  # it has gone already, or its runtime has
            if container.exit_status is None:
                _log.info("ending container %s of pod %s, which no longer exists", container.id, container.pod_uid)
                await self._runtime.signal(container.id, signal.SIGKILL)
                await self._runtime.ended(container.id)
            await self._runtime.forget(container.id)

    def _find(self, namespace: str, name: str) -> PodWorker | None:
        pod = self._pods.objects.get((namespace, name))
        return self._workers.get(pod["metadata"]["uid"]) if pod else None

    def _processes(self) -> Iterable[int]:
        for worker in self._workers.values():
            for runner in worker.runners.values():
                if runner.state.pid is not None:
                    yield runner.state.pid


@contextlib.asynccontextmanager
async def node_agent(state: SandboxState) -> AsyncIterator[NodeAgent]:
    """An agent with its connections."""
    directory = state.kubernetes
    api = KubernetesApi(
        f"https://{LOOPBACK}:{state.ports().kubernetes}",
        authority=directory / "ca.pem",
        certificate=directory / "admin.pem",
        key=directory / "admin.key",
    )
    # A probe is a connection of its own, as the kubelet's is.
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with api, aiohttp.ClientSession(connector=connector) as probes:
        yield NodeAgent(state, api, probes)
