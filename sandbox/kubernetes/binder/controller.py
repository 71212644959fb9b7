"""All TargetGroupBindings of the cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from sandbox.kubernetes.api.client import KubernetesApi
from sandbox.kubernetes.api.events import EventRecorder
from sandbox.kubernetes.api.reflector import Reflector
from sandbox.kubernetes.binder.binding import BindingWorker
from sandbox.kubernetes.binder.matching import gate_of, selected
from sandbox.kubernetes.binder.target_groups import TargetGroups

Json = dict[str, Any]


class Binder:
    """A worker for each binding. `pods` is the agent's own reflector, whose changes `pod_changed` is told of."""

    def __init__(self, api: KubernetesApi, pods: Reflector, endpoint: str) -> None:
        self._api = api
        self._pods = pods
        self._groups = TargetGroups(endpoint)
        self._events = EventRecorder(api, "eks-load-balancing")
        self._services = Reflector(api, "/api/v1/services", self._service_changed)
        self._bindings = Reflector(api, "/apis/eks.amazonaws.com/v1/targetgroupbindings", self._binding_changed)
        self._workers: dict[str, BindingWorker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._started = False

    @property
    def reflectors(self) -> tuple[Reflector, ...]:
        """What has to be followed for the binder to know anything."""
        return self._services, self._bindings

    async def run(self) -> None:
        """Keep the bindings until cancelled."""
        for reflector in (*self.reflectors, self._pods):
            await reflector.synced.wait()
        self._started = True
        try:
            for binding in self._bindings.objects.values():
                self._keep(binding)
            await asyncio.Event().wait()
        finally:
            for task in self._tasks.values():
                task.cancel()

    def pod_changed(self, pod: Json) -> None:
        """Take notice of a pod that was made, has changed or has gone."""
        self._wake(pod["metadata"]["namespace"])

    def gates_for(self, namespace: str, labels: dict[str, str]) -> list[str]:
        """The readiness gates of a pod about to be made: of the bindings whose Service selects it."""
        return sorted(
            gate_of(binding)
            for (found, _), binding in self._bindings.objects.items()
            if found == namespace and binding["spec"].get("targetType", "ip") == "ip"
            if (service := self._service(binding)) and selected(service, labels)
        )

    def _service_changed(self, old: Json | None, new: Json | None) -> None:
        found = new or old
        if found:
            self._wake(found["metadata"]["namespace"])

    def _binding_changed(self, _old: Json | None, new: Json | None) -> None:
        if new is not None and self._started:
            self._keep(new)

    def _keep(self, binding: Json) -> None:
        uid = binding["metadata"]["uid"]
        if uid in self._workers:
            self._workers[uid].wake(binding)
            return
        worker = BindingWorker(binding, self._look_up, self._api, self._groups, self._events)
        self._workers[uid] = worker
        self._tasks[uid] = asyncio.create_task(worker.run())
        self._tasks[uid].add_done_callback(lambda _: self._forget(uid))

    def _forget(self, uid: str) -> None:
        task = self._tasks.pop(uid)
        del self._workers[uid]
        if not task.cancelled():
            task.result()

    def _wake(self, namespace: str) -> None:
        for worker in self._workers.values():
            if worker.binding["metadata"]["namespace"] == namespace:
                worker.wake()

    def _service(self, binding: Json) -> Json | None:
        return self._services.objects.get((binding["metadata"]["namespace"], binding["spec"]["serviceRef"]["name"]))

    def _look_up(self, binding: Json) -> tuple[Json | None, Iterable[Json]]:
        service = self._service(binding)
        if service is None:
            return None, []
        namespace = binding["metadata"]["namespace"]
        return service, [
            pod
            for (found, _), pod in self._pods.objects.items()
            if found == namespace and selected(service, pod["metadata"].get("labels", {}))
        ]
