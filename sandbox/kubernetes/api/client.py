"""Requests to the API server, and its watches."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec

Json = dict[str, Any]
PatchKind = Literal["merge", "strategic-merge", "apply"]

_CONTENT_TYPES: dict[PatchKind, str] = {
    "merge": "application/merge-patch+json",
    "strategic-merge": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
_ANSWER_SECONDS = 15
_WATCH_SECONDS = 300  # then the server ends a watch, and it is taken up again
_LINE_BYTES = 1 << 22  # the longest event: etcd refuses objects beyond 1.5 MB


class ApiError(RuntimeError):
    """The API server refused a request. `status` is HTTP's; `reason` is Kubernetes' own word."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class UnreachableError(RuntimeError):
    """The API server did not answer."""


class KubernetesApi:
    """A client of one API server, as the owner of a client certificate. Use it as an asynchronous context."""

    def __init__(self, server: str, *, authority: Path, certificate: Path, key: Path) -> None:
        context = ssl.create_default_context(cafile=authority)
        context.load_cert_chain(certificate, key)
        self._server = server
        self._context = context
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> KubernetesApi:
        connector = aiohttp.TCPConnector(ssl=self._context)
        self._session = aiohttp.ClientSession(self._server, connector=connector, read_bufsize=_LINE_BYTES)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, **query: str) -> Json:
        """An object or a list. Raises ApiError, UnreachableError; so do all others."""
        return await self._call("GET", path, query)

    async def create(self, path: str, body: Json) -> Json:
        return await self._call("POST", path, {}, body)

    async def patch(self, path: str, body: Json, kind: PatchKind = "merge", **query: str) -> Json:
        return await self._call("PATCH", path, query, body, _CONTENT_TYPES[kind])

    async def apply(self, path: str, body: Json, manager: str) -> Json:
        """Server-side apply, as the owner of every field that is given."""
        return await self.patch(path, body, "apply", fieldManager=manager, force="true")

    async def delete(self, path: str, options: Json | None = None) -> Json:
        return await self._call("DELETE", path, {}, options)

    async def watch(self, path: str, resource_version: str) -> AsyncIterator[Json]:
        """The events after a resource version, bookmarks too, until the server ends the watch.

        Raises ApiError (410: the version is too old), UnreachableError.
        """
        query = {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": resource_version}
        query["timeoutSeconds"] = str(_WATCH_SECONDS)
        async with self._request("GET", path, query, timeout=_WATCH_SECONDS + _ANSWER_SECONDS) as response:
            while line := await response.content.readline():
                event = msgspec.json.decode(line)
                if event["type"] == "ERROR":
                    raise _error(event["object"])
                yield event

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Json | None = None,
        content_type: str = "application/json",
    ) -> Json:
        async with self._request(method, path, query, body, content_type) as response:
            answer: Json = msgspec.json.decode(await response.read())
            return answer

    @contextlib.asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Json | None = None,
        content_type: str = "application/json",
        timeout: float = _ANSWER_SECONDS,  # noqa: ASYNC109 - aiohttp's own
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            raise UnreachableError("the client has not been entered")
        data = msgspec.json.encode(body) if body is not None else None
        try:
            async with self._session.request(
                method,
                path,
                params=query,
                data=data,
                headers={"content-type": content_type, "accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=timeout),
            ) as response:
                if response.status >= 400:
                    raise _refusal(response.status, await response.read())
                yield response
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnreachableError(f"{method} {path}: {type(error).__name__} {error}") from error


def _refusal(status: int, body: bytes) -> ApiError:
    try:
        return _error(msgspec.json.decode(body))
    except (msgspec.DecodeError, KeyError, TypeError):  # a component in front of the API said no, in plain text
        return ApiError(status, "", body.decode(errors="replace").strip())


def _error(status: Json) -> ApiError:
    return ApiError(status["code"], status.get("reason", ""), status.get("message", ""))
