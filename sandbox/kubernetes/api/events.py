"""Events of objects, as `kubectl describe` shows them; one that repeats is counted, not made again."""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import UTC, datetime
from typing import Any, Literal

from sandbox.kubernetes.api.client import ApiError, KubernetesApi, UnreachableError

_log = logging.getLogger(__name__)

Json = dict[str, Any]
_REMEMBERED = 1000
_NO_PLACE = {403, 404}  # HTTP's, where the object's namespace is being deleted, or has been


def timestamp(seconds: float | None = None) -> str:
    """A time (now, where none is given) as Kubernetes writes it."""
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class EventRecorder:
    """Records events of one component in the background; one that can't be recorded is logged alone."""

    def __init__(self, api: KubernetesApi, component: str) -> None:
        self._api = api
        self._component = component
        self._known: dict[tuple[str, str, str, str], tuple[str, int]] = {}  # → the event's path and count
        self._tasks: set[asyncio.Task[None]] = set()

    def record(
        self, involved: Json, kind: Literal["Normal", "Warning"], reason: str, message: str, field: str = ""
    ) -> None:
        """Record an event of an object. `field`: the part of it, such as `spec.containers{portal}`."""
        task = asyncio.create_task(self._record(involved, kind, reason, message, field))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _record(self, involved: Json, kind: str, reason: str, message: str, field: str) -> None:
        metadata = involved["metadata"]
        key = (metadata["uid"], field, reason, message)
        path, count = self._known.pop(key, ("", 0))
        count += 1
        try:
            if path:
                self._known[key] = path, count
                await self._api.patch(path, {"count": count, "lastTimestamp": timestamp()})
                return
            namespace = metadata.get("namespace", "default")
            name = f"{metadata['name']}.{secrets.token_hex(8)}"
            path = f"/api/v1/namespaces/{namespace}/events"
            self._known[key] = f"{path}/{name}", count
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]
            await self._api.create(
                path,
                {
                    "metadata": {"name": name, "namespace": namespace},
                    "involvedObject": _reference(involved, field),
                    "type": kind,
                    "reason": reason,
                    "message": message,
                    "count": count,
                    "firstTimestamp": timestamp(),
                    "lastTimestamp": timestamp(),
                    "source": {"component": self._component},
                    "reportingComponent": self._component,
                },
            )
        except (ApiError, UnreachableError) as error:
            self._known.pop(key, None)
            if not (isinstance(error, ApiError) and error.status in _NO_PLACE):
                _log.info("event %s of %s is not recorded: %s", reason, metadata["name"], error)


def _reference(involved: Json, field: str) -> Json:
    metadata = involved["metadata"]
    return {
        "apiVersion": involved["apiVersion"],
        "kind": involved["kind"],
        "name": metadata["name"],
        "namespace": metadata.get("namespace", ""),
        "uid": metadata["uid"],
        "resourceVersion": metadata.get("resourceVersion", ""),
        **({"fieldPath": field} if field else {}),
    }
