"""When a job has done its work."""

from __future__ import annotations

from sandbox.kubernetes.provider.awaiting import pods
from sandbox.kubernetes.provider.awaiting.standing import READY, Observer, Standing, condition
from sandbox.kubernetes.provider.cluster import Object


def job(live: Object, observer: Observer) -> Standing:
    """It is complete, or suspended. One that failed has failed for good."""
    if condition(live, "Complete").get("status") == "True" or live["spec"].get("suspend"):
        return READY
    failure = condition(live, "Failed")
    failed = failure.get("status") == "True"
    status = live.get("status") or {}
    counts = f"{status.get('succeeded', 0)} succeeded, {status.get('active', 0)} run, {status.get('failed', 0)} failed"
    missing = f"{failure.get('reason')}: {failure.get('message')}" if failed else f"not complete: {counts}"
    selector = live["spec"].get("selector")
    why = pods.reasons_of(selector, live["metadata"]["namespace"], observer) if selector else ""
    return Standing(f"{missing}{why}", failed)
