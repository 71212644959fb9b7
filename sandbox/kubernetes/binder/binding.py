"""One TargetGroupBinding kept in step with its target group."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.kubernetes.api.client import ApiError, KubernetesApi, UnreachableError
from sandbox.kubernetes.api.events import EventRecorder, timestamp
from sandbox.kubernetes.binder.matching import Target, changes, gate_of, has_gate, is_open, wanted_targets
from sandbox.kubernetes.binder.target_groups import (
    Health,
    MissingTargetGroupError,
    TargetGroupError,
    TargetGroups,
)

_log = logging.getLogger(__name__)

Json = dict[str, Any]

FINALIZER = "eks.amazonaws.com/target-group-binding"

_PENDING_SECONDS = 1.0  # between looks at targets that aren't healthy yet
_RESYNC_SECONDS = 15.0  # between looks at settled targets, which others may have changed
_RETRY_SECONDS = 1.0
_TOGETHER_SECONDS = 0.05  # what changes together is looked at together
_SETTLED = {"healthy"}


class BindingWorker:
    """Registers, deregisters, and sets readiness gates for one binding, until it has been deleted."""

    def __init__(
        self,
        binding: Json,
        look_up: Callable[[Json], tuple[Json | None, Iterable[Json]]],
        api: KubernetesApi,
        groups: TargetGroups,
        events: EventRecorder,
    ) -> None:
        """look_up: gets a binding, answers its Service and the pods that the Service selects."""
        self.binding = binding
        self._look_up = look_up
        self._api = api
        self._groups = groups
        self._events = events
        self._news = asyncio.Event()
        self._problem = ""

    def wake(self, binding: Json | None = None) -> None:
        """Look again: the binding, its Service or a pod has changed."""
        self.binding = binding or self.binding
        self._news.set()

    async def run(self) -> None:
        """Keep the binding until it is deleted and its targets are deregistered, or until cancelled."""
        while True:
            self._news.clear()
            try:
                if "deletionTimestamp" in self.binding["metadata"]:
                    await self._let_go()
                    return
                delay = await self._converge()
                self._problem = ""
            except (ApiError, UnreachableError, TargetGroupError) as error:
                self._note(str(error))
                delay = _RETRY_SECONDS
            try:
                async with asyncio.timeout(delay):
                    await self._news.wait()
                await asyncio.sleep(_TOGETHER_SECONDS)
            except TimeoutError:
                continue

    async def _converge(self) -> float:
        """One look at everything; the seconds until the next."""
        arn = self.binding["spec"]["targetGroupARN"]
        if (kind := await self._groups.target_type(arn)) != "ip":
            self._note(f"target group {arn} has targets of type {kind}, which aren't this controller's: only ip is")
            return _RESYNC_SECONDS
        await self._hold()
        service, pods = self._look_up(self.binding)
        wanted = wanted_targets(self.binding, service, pods)
        health = await self._groups.health(arn)
        registered = {target for target, found in health.items() if found.state != "draining"}
        added, removed = changes(wanted.keys(), registered)
        if removed:
            await self._groups.deregister(arn, removed)
        if added:
            await self._groups.register(arn, added)
            health |= await self._groups.health(arn)
        await self._set_gates(pods, wanted, health)
        await self._observe()
        settled = all(target in health and health[target].state in _SETTLED for target in wanted)
        return _RESYNC_SECONDS if settled else _PENDING_SECONDS

    async def _set_gates(self, pods: Iterable[Json], wanted: dict[Target, Json], health: dict[Target, Health]) -> None:
        """Tell each pod how its target is; one that was a target and no longer is, that it isn't."""
        gate = gate_of(self.binding)
        targets = {pod["metadata"]["uid"]: target for target, pod in wanted.items()}
        for pod in pods:
            target = targets.get(pod["metadata"]["uid"])
            if not has_gate(pod, gate) or (target is None and not is_open(pod, gate)):
                continue
            if condition := gate_condition(pod, gate, health.get(target) if target else None):
                await self._set_condition(pod["metadata"], condition)

    async def _set_condition(self, pod: Json, condition: Json) -> None:
        path = f"/api/v1/namespaces/{pod['namespace']}/pods/{pod['name']}/status"
        body = {"metadata": {"uid": pod["uid"]}, "status": {"conditions": [condition]}}
        try:
            await self._api.patch(path, body, "strategic-merge")
        except ApiError as error:
            if error.status not in {404, 409}:  # the pod has gone, perhaps for another of its name
                raise

    async def _hold(self) -> None:
        """Have the binding stay, when it is deleted, until its targets are deregistered."""
        finalizers = self.binding["metadata"].get("finalizers", [])
        if FINALIZER not in finalizers:
            self.binding = await self._patch_finalizers([*finalizers, FINALIZER])

    async def _let_go(self) -> None:
        """Deregister the targets and let the binding go. A target group that has gone has no targets."""
        arn = self.binding["spec"]["targetGroupARN"]
        finalizers = self.binding["metadata"].get("finalizers", [])
        if FINALIZER not in finalizers:
            return
        try:
            if await self._groups.target_type(arn) == "ip":
                health = await self._groups.health(arn)
                if registered := {target for target, found in health.items() if found.state != "draining"}:
                    await self._groups.deregister(arn, registered)
        except MissingTargetGroupError:
            pass
        await self._patch_finalizers([one for one in finalizers if one != FINALIZER])

    async def _patch_finalizers(self, finalizers: list[str]) -> Json:
        version = self.binding["metadata"]["resourceVersion"]
        return await self._api.patch(self._path, {"metadata": {"finalizers": finalizers, "resourceVersion": version}})

    async def _observe(self) -> None:
        generation = self.binding["metadata"]["generation"]
        if self.binding.get("status", {}).get("observedGeneration") != generation:
            self.binding = await self._api.patch(f"{self._path}/status", {"status": {"observedGeneration": generation}})

    def _note(self, problem: str) -> None:
        if problem != self._problem:
            _log.warning("binding %s: %s", self.binding["metadata"]["name"], problem)
            self._events.record(self.binding, "Warning", "FailedReconcile", problem)
        self._problem = problem

    @property
    def _path(self) -> str:
        metadata = self.binding["metadata"]
        return f"/apis/eks.amazonaws.com/v1/namespaces/{metadata['namespace']}/targetgroupbindings/{metadata['name']}"


def gate_condition(pod: Json, gate: str, health: Health | None) -> Json | None:
    """A pod's condition for its target's health; None where the pod has it already."""
    conditions = pod.get("status", {}).get("conditions", [])
    known: Json = next((found for found in conditions if found["type"] == gate), {})
    healthy = health is not None and health.state == "healthy"
    reason = "" if healthy else (health.reason if health else "Target.NotRegistered")
    wanted = {
        "type": gate,
        "status": "True" if healthy else "False",
        "reason": reason,
        "message": "" if healthy or health is None else health.description,
    }
    if all(known.get(name, "") == value for name, value in wanted.items()):
        return None
    turned = known.get("status") != wanted["status"]
    return wanted | {"lastTransitionTime": timestamp() if turned else known["lastTransitionTime"]}
