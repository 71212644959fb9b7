"""A copy of one kind of objects, kept in step with the API server by a list and a watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from sandbox.kubernetes.api.client import ApiError, KubernetesApi, UnreachableError

_log = logging.getLogger(__name__)

Json = dict[str, Any]
Key = tuple[str, str]  # namespace ("" where there is none) and name
OnChange = Callable[[Json | None, Json | None], None]

_RETRY_SECONDS = 0.5
_NOT_DEFINED_SECONDS = 2.0  # the kind may be defined at any time
_NOT_DEFINED, _GONE = 404, 410  # HTTP's, for a kind without a definition and for a version that is too old


def key_of(found: Json) -> Key:
    """An object's namespace and name."""
    metadata = found["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


class Reflector:
    """All objects at a path of the API, by key.

    on_change: called with an object before and after each change (None: it was not, or is no longer, there).
    """

    def __init__(self, api: KubernetesApi, path: str, on_change: OnChange = lambda _old, _new: None) -> None:
        self._api = api
        self._path = path
        self._on_change = on_change
        self.objects: dict[Key, Json] = {}
        self.synced = asyncio.Event()

    async def run(self) -> None:
        """Follow the API server until cancelled. An unknown kind has no objects."""
        problem = ""
        while True:
            delay = _RETRY_SECONDS
            try:
                await self._list_and_watch()
            except ApiError as error:
                described = "" if error.status == _GONE else str(error)
                if error.status == _NOT_DEFINED:
                    self._replace([])
                    self.synced.set()
                    delay, described = _NOT_DEFINED_SECONDS, ""
            except UnreachableError as error:
                described = str(error)
            if described not in {"", problem}:
                _log.warning("watching %s: %s", self._path, described)
            problem = described
            await asyncio.sleep(delay)

    async def _list_and_watch(self) -> None:
        listed = await self._api.get(self._path)
        named = {"apiVersion": listed["apiVersion"], "kind": listed["kind"].removesuffix("List")}
        self._replace([named | item for item in listed["items"]])
        self.synced.set()
        version = listed["metadata"]["resourceVersion"]
        while True:
            async for event in self._api.watch(self._path, version):
                found = event["object"]
                version = found["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    self._take(key_of(found), None if event["type"] == "DELETED" else found, found)

    def _replace(self, items: list[Json]) -> None:
        listed = {key_of(item): item for item in items}
        for key in self.objects.keys() - listed.keys():
            self._take(key, None, self.objects[key])
        for key, item in listed.items():
            if self.objects.get(key) != item:
                self._take(key, item, item)

    def _take(self, key: Key, new: Json | None, last: Json) -> None:
        old = self.objects.pop(key, None)
        if new is not None:
            self.objects[key] = new
            if old is not None and old["metadata"]["uid"] != new["metadata"]["uid"]:
                self._on_change(old, None)  # it was deleted and made again between two looks
                old = None
        elif old is None:
            old = last
        self._on_change(old, new)
