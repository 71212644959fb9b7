"""Why pods are not ready, in the words of those that hold them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kubernetes.provider.awaiting.standing import Observer, condition, label_selector
from sandbox.kubernetes.provider.cluster import Object

_SHOWN = 4
# What every pod passes through.
_USUAL = frozenset({"ContainerCreating", "PodInitializing"})


def reasons_of(selector: dict[str, Any], namespace: str, observer: Observer) -> str:
    """Why the pods that a selector finds are not ready, as a tail of a sentence; empty where nothing is known."""
    pods = observer.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=label_selector(selector))
    return told(reason for pod in pods for reason in reasons(pod))


def told(found: Iterable[str]) -> str:
    """Each reason once, the most frequent first."""
    counted = Counter(found).most_common(_SHOWN)
    texts = [f"{text} ({count} times)" if count > 1 else text for text, count in counted]
    return f" ({'; '.join(texts)})" if texts else ""


def reasons(pod: Object) -> Iterator[str]:
    """Why one pod is not ready."""
    if pod["metadata"].get("deletionTimestamp") or condition(pod, "Ready").get("status") == "True":
        return
    status = pod.get("status") or {}
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        yield f"not scheduled: {scheduled.get('message', scheduled.get('reason', ''))}"
    if status.get("phase") == "Failed":
        yield f"pod failed: {status.get('message') or status.get('reason', '')}"
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        yield from _container_reasons(container)


def _container_reasons(container: dict[str, Any]) -> Iterator[str]:
    state, name = container.get("state") or {}, container.get("name")
    waiting, ended = (
        state.get("waiting"),
        state.get("terminated") or (container.get("lastState") or {}).get("terminated"),
    )
    if waiting and waiting.get("reason") not in _USUAL:
        message = waiting.get("message")
        yield f"container {name} waits: {waiting.get('reason')}{f', {message}' if message else ''}"
    if ended and ended.get("exitCode"):
        message = (ended.get("message") or "").strip()
        yield f"container {name} ended with status {ended['exitCode']}{f': {message}' if message else ''}"
    if "running" in state and not container.get("ready"):
        yield f"container {name} runs and is not ready"
