"""When what runs pods has rolled out: the rules of `kubectl rollout status`, with the pods' own reasons."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.provider.awaiting import pods
from sandbox.kubernetes.provider.awaiting.standing import READY, Observer, Standing, condition, unseen
from sandbox.kubernetes.provider.cluster import Object


def deployment(live: Object, observer: Observer) -> Standing:
    """All replicas are of the present template and available. Past its progress deadline it has failed."""
    if waiting := unseen(live):
        return waiting
    if live["spec"].get("paused"):
        return READY
    progress = condition(live, "Progressing")
    failed = progress.get("reason") == "ProgressDeadlineExceeded"
    missing = progress.get("message", "") if failed else _missing_replicas(live)
    if not missing:
        return READY
    return Standing(f"{missing}{_why(live, observer)}", failed)


def _missing_replicas(live: Object) -> str:
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if updated < wanted:
        return f"{updated} of {wanted} replicas are of the new template"
    if (old := status.get("replicas", 0) - updated) > 0:
        return f"{old} replicas of the old template have still to end"
    return f"{available} of {wanted} replicas are available" if available < updated else ""


def stateful_set(live: Object, observer: Observer) -> Standing:
    """All replicas are of the present template and ready."""
    if waiting := unseen(live):
        return waiting
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    rolling = (live["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    if ready < wanted:
        return Standing(f"{ready} of {wanted} replicas are ready{_why(live, observer)}")
    if rolling and updated < wanted - _partition(live):
        return Standing(f"{updated} of {wanted} replicas are of the new template{_why(live, observer)}")
    return READY


def _partition(live: Object) -> int:
    strategy = live["spec"].get("updateStrategy") or {}
    return int((strategy.get("rollingUpdate") or {}).get("partition", 0))


def daemon_set(live: Object, observer: Observer) -> Standing:
    """Each node that should has a pod of the present template that is available."""
    if waiting := unseen(live):
        return waiting
    status = live.get("status") or {}
    wanted = status.get("desiredNumberScheduled", 0)
    rolling = (live["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    updated = status.get("updatedNumberScheduled", 0) if rolling else wanted
    available = status.get("numberAvailable", 0)
    if min(updated, available) < wanted:
        counts = f"{updated} of {wanted} nodes have the new template, {available} are available"
        return Standing(f"{counts}{_why(live, observer)}")
    return READY


def pod(live: Object, observer: Observer) -> Standing:  # noqa: ARG001 - a rule's shape
    """It is ready, or has done its work."""
    phase = (live.get("status") or {}).get("phase")
    if phase == "Succeeded" or condition(live, "Ready").get("status") == "True":
        return READY
    return Standing(f"the pod is not ready{pods.told(pods.reasons(live))}", failed=phase == "Failed")


def _why(live: Object, observer: Observer) -> str:
    """What keeps pods from being made, or those that are from being ready."""
    refused: dict[str, Any] = condition(live, "ReplicaFailure")
    if refused.get("status") == "True":
        return f" (no pod can be made: {refused.get('message')})"
    return pods.reasons_of(live["spec"]["selector"], live["metadata"]["namespace"], observer)
