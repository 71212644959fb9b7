"""Which pods a binding is about, which of them should be targets, and what that changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

Json = dict[str, Any]

GATE_PREFIX = "target-health.eks.amazonaws.com/"
"""Of the condition that a binding sets on its pods; the binding's name follows."""


class Target(NamedTuple):
    """A target by address."""

    address: str
    port: int


def gate_of(binding: Json) -> str:
    """The pod condition that a binding sets."""
    return GATE_PREFIX + str(binding["metadata"]["name"])


def has_gate(pod: Json, gate: str) -> bool:
    """Whether a pod waits for a condition before it is ready."""
    return any(found["conditionType"] == gate for found in pod["spec"].get("readinessGates", []))


def is_open(pod: Json, gate: str) -> bool:
    """Whether a pod's condition for a gate is true."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(found["type"] == gate and found["status"] == "True" for found in conditions)


def selected(service: Json, labels: dict[str, str]) -> bool:
    """Whether a Service selects pods with these labels; one without a selector selects none."""
    selector = service["spec"].get("selector") or {}
    return bool(selector) and selector.items() <= labels.items()


def target_port(service: Json, port: int | str, pod: Json) -> int | None:
    """The port of a pod that a Service's port (by name or number) leads to; None where the pod has none."""
    for found in service["spec"].get("ports", []):
        if port in {found.get("name"), found["port"]}:
            wanted = found.get("targetPort", found["port"])
            return wanted if isinstance(wanted, int) else _named_port(wanted, pod)
    return None


def _named_port(name: str, pod: Json) -> int | None:
    for container in pod["spec"]["containers"]:
        for found in container.get("ports", []):
            if found.get("name") == name:
                return int(found["containerPort"])
    return None


def wanted_targets(binding: Json, service: Json | None, pods: Iterable[Json]) -> dict[Target, Json]:
    """The targets that a binding should have, each with its pod.

    A pod is a target once it is ready, this binding's own gate apart, and no longer when its deletion begins.
    """
    if service is None:
        return {}
    targets = {}
    for pod in pods:
        address = pod.get("status", {}).get("podIP")
        port = target_port(service, binding["spec"]["serviceRef"]["port"], pod)
        if address and port and _may_serve(pod, gate_of(binding)):
            targets[Target(address, port)] = pod
    return targets


def _may_serve(pod: Json, gate: str) -> bool:
    if "deletionTimestamp" in pod["metadata"] or pod["status"].get("phase") != "Running":
        return False
    conditions = {found["type"]: found["status"] for found in pod["status"].get("conditions", [])}
    if has_gate(pod, gate):
        return conditions.get("ContainersReady") == "True"
    return conditions.get("Ready") == "True"


def changes(wanted: Collection[Target], registered: Collection[Target]) -> tuple[set[Target], set[Target]]:
    """What to register, and what to deregister: a group that is bound has no targets but the binding's."""
    return set(wanted) - set(registered), set(registered) - set(wanted)
