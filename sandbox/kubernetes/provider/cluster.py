"""The Kubernetes API as the provider calls it: it waits for a server that restarts, and says why it refuses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from sandbox.kubernetes.provider.kubeconfig import Access

Object = dict[str, Any]

APPLY = "application/apply-patch+yaml"  # JSON is YAML too
# A killed API server is back within seconds; a restart of all of the control plane takes less than this.
_PATIENCE_SECONDS = 30.0
_RETRY_SECONDS = 0.5
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 60.0
_BUSY = frozenset({429, 502, 503, 504})
_CONNECTIONS = 32


class ApiError(RuntimeError):
    """The API server refused.

    status: its Status object.
    """

    def __init__(self, code: int, status: Mapping[str, Any]) -> None:
        super().__init__(str(status.get("message") or f"HTTP {code}"))
        self.code = code
        self.status = status

    @property
    def lacks_namespace(self) -> bool:
        """Whether the object's namespace isn't there."""
        return self.code == 404 and (self.status.get("details") or {}).get("kind") == "namespaces"


class UnreachableError(RuntimeError):
    """The API server does not answer."""


class ClusterGoneError(UnreachableError):
    """The API server does not answer, and the cloud has no cluster any more."""


@dataclass(frozen=True)
class Resource:
    """How the API serves a kind. path: without a namespace, `/apis/apps/v1`."""

    path: str
    plural: str
    namespaced: bool

    def collection(self, namespace: str) -> str:
        """The path of all objects, in a namespace where the kind has one."""
        scope = f"/namespaces/{quote(namespace)}" if self.namespaced else ""
        return f"{self.path}{scope}/{self.plural}"

    def object(self, namespace: str, name: str) -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{quote(name)}"


class Cluster:
    """One cluster's API.

    exists: whether the cloud still has the cluster, asked when the server does not answer.
    cancelled: ends waiting for it.
    """

    def __init__(self, access: Access, cancelled: threading.Event, exists: Callable[[], bool]) -> None:
        self._access = access
        self._cancelled = cancelled
        self._exists = exists
        self._pool = urllib3.PoolManager(
            maxsize=_CONNECTIONS,
            ssl_context=access.tls,
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
            retries=False,
        )

    @property
    def namespace(self) -> str:
        """Where objects go that name no namespace."""
        return self._access.namespace

    def find(self, path: str, **query: str) -> Object | None:
        """An object or a list; None where there is none. Raises ApiError, UnreachableError."""
        try:
            return self.call("GET", path, query=query)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def items(self, path: str, **query: str) -> list[Object]:
        """The objects of a collection; none where it isn't served. Raises ApiError, UnreachableError."""
        found: list[Object] = (self.find(path, **query) or {}).get("items") or []
        return found

    def apply(self, path: str, manifest: Object, *, manager: str, force: bool, dry_run: bool = False) -> Object:
        """Have the object say what the manifest says, as this field manager. Raises ApiError, UnreachableError.

        A field that the server does not know is an error, not a warning.
        """
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        return self.call("PATCH", path, query=query, body=manifest, content_type=APPLY)

    def delete(self, path: str, propagation: str) -> bool:
        """Ask for an object's deletion; False where there is none. Raises ApiError, UnreachableError."""
        try:
            self.call("DELETE", path, body={"propagationPolicy": propagation})
        except ApiError as error:
            if error.code == 404:
                return False
            raise
        return True

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:
        """One request, made again while the server restarts or is busy. Raises ApiError, UnreachableError."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        asked = False
        while True:
            try:
                return self._call_once(method, path, query or {}, body, content_type)
            except ApiError as error:
                if error.code not in _BUSY or self._is_over(deadline):
                    raise
            except UnreachableError as error:
                if not asked and not self._exists():
                    raise ClusterGoneError(f"{error}, and there is no cluster any more") from None
                asked = True
                if self._is_over(deadline):
                    raise

    def _is_over(self, deadline: float) -> bool:
        """Whether it is of no use to try again, after a moment's rest."""
        return time.monotonic() > deadline or self._cancelled.wait(_RETRY_SECONDS)

    def _call_once(
        self, method: str, path: str, query: Mapping[str, str], body: Object | None, content_type: str
    ) -> Object:
        headers = {"Accept": "application/json", "Content-Type": content_type}
        if self._access.token:
            headers["Authorization"] = f"Bearer {self._access.token}"
        address = f"{self._access.server}{path}?{urlencode(query)}" if query else f"{self._access.server}{path}"
        try:
            content = None if body is None else json.dumps(body)
            response = self._pool.request(method, address, body=content, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(f"the API server {self._access.server} does not answer: {error}") from None
        answer = _decoded(response.data)
        if response.status >= 400:
            raise ApiError(response.status, answer)
        return answer


def _decoded(content: bytes) -> Object:
    try:
        answer = json.loads(content)
    except ValueError:
        answer = content.decode(errors="replace")
    return answer if isinstance(answer, dict) else {"message": str(answer)}
