"""A pod's status from the states of its containers: phase, conditions, container statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

CREATING: Json = {"waiting": {"reason": "ContainerCreating"}}


@dataclass(kw_only=True)
class ContainerState:
    """One container as its runner sees it.

    state, last_state: Kubernetes' ContainerState: one of `waiting`, `running`, `terminated`. pid: while it runs.
    """

    name: str
    image: str
    state: Json = field(default_factory=lambda: CREATING)
    last_state: Json = field(default_factory=dict)
    restarts: int = 0
    ready: bool = False
    started: bool = False
    container_id: str = ""
    pid: int | None = None

    @property
    def terminated(self) -> Json | None:
        found: Json | None = self.state.get("terminated")
        return found


def pod_status(
    pod: Json, containers: list[ContainerState], *, address: str | None, node_address: str, now: str
) -> Json:
    """The part of a pod's status that its node owns, to be merged into the rest.

    Conditions that have not turned keep their time. Those that others own (readiness gates, PodScheduled) aren't in it.
    """
    phase = _phase(pod, containers)
    status: Json = {
        "phase": phase,
        "observedGeneration": pod["metadata"].get("generation", 1),
        "hostIP": node_address,
        "hostIPs": [{"ip": node_address}],
        "startTime": pod.get("status", {}).get("startTime", now),
        "conditions": _conditions(pod, containers, phase, now, sandboxed=address is not None),
        "containerStatuses": [_container_status(pod, container) for container in containers],
    }
    if address is not None:
        status |= {"podIP": address, "podIPs": [{"ip": address}]}
    return status


def differs(current: Json, wanted: Json) -> bool:
    """Whether merging `wanted` into a pod's current status would change it."""
    conditions = {found["type"]: found for found in current.get("conditions", [])}
    if any(conditions.get(one["type"]) != one for one in wanted.get("conditions", [])):
        return True
    return any(current.get(name) != value for name, value in wanted.items() if name != "conditions")


def _phase(pod: Json, containers: list[ContainerState]) -> str:
    policy = pod["spec"].get("restartPolicy", "Always")
    ended = [container.terminated for container in containers if container.terminated]
    if len(ended) == len(containers) and (policy != "Always" or "deletionTimestamp" in pod["metadata"]):
        failed = any(one["exitCode"] for one in ended)
        if not failed:
            return "Succeeded"
        if policy == "Never" or "deletionTimestamp" in pod["metadata"]:
            return "Failed"
    begun = all("waiting" not in container.state or container.last_state for container in containers)
    return "Running" if begun else "Pending"


def _conditions(pod: Json, containers: list[ContainerState], phase: str, now: str, *, sandboxed: bool) -> list[Json]:
    finished = phase in {"Succeeded", "Failed"}
    unready = [container.name for container in containers if not container.ready]
    held = _unmet_gates(pod)
    ready: tuple[str, str]
    if phase == "Succeeded":
        contained = ready = "PodCompleted", ""
    elif finished:
        contained = ready = "PodFailed", ""
    elif unready:
        contained = ready = "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"
    else:
        contained = "", ""
        ready = ("ReadinessGatesNotReady", "; ".join(held)) if held else ("", "")
    conditions = [
        _condition("PodReadyToStartContainers", "" if sandboxed and not finished else "NotSandboxed", ""),
        _condition("Initialized", "", ""),
        _condition("ContainersReady", *contained),
        _condition("Ready", *ready),
    ]
    conditions[0].pop("reason", None)
    before = {found["type"]: found for found in pod.get("status", {}).get("conditions", [])}
    for condition in conditions:
        known = before.get(condition["type"], {})
        turned = known.get("status") != condition["status"]
        condition["lastTransitionTime"] = now if turned else known["lastTransitionTime"]
        condition["lastProbeTime"] = None
        condition["observedGeneration"] = pod["metadata"].get("generation", 1)
    return conditions


def _condition(kind: str, fault: str, message: str) -> Json:
    if not fault:
        return {"type": kind, "status": "True"}
    return {"type": kind, "status": "False", "reason": fault, **({"message": message} if message else {})}


def _unmet_gates(pod: Json) -> list[str]:
    conditions = {found["type"]: found["status"] for found in pod.get("status", {}).get("conditions", [])}
    gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates", [])]
    return [
        f'corresponding condition of pod readiness gate "{gate}" does not exist.'
        if gate not in conditions
        else f'the status of pod readiness gate "{gate}" is not "True", but {conditions[gate]}'
        for gate in gates
        if conditions.get(gate) != "True"
    ]


def _container_status(pod: Json, container: ContainerState) -> Json:
    specified = next(one for one in pod["spec"]["containers"] if one["name"] == container.name)
    resources = specified.get("resources") or {}
    status: Json = {
        "name": container.name,
        "image": container.image,
        "imageID": container.image if container.container_id else "",
        "state": container.state,
        "lastState": container.last_state,
        "ready": container.ready,
        "started": container.started,
        "restartCount": container.restarts,
    }
    if container.container_id:
        status["containerID"] = f"prakerja://{container.container_id}"
    if resources:
        status["resources"] = resources
        if "requests" in resources:
            status["allocatedResources"] = resources["requests"]
    return status
