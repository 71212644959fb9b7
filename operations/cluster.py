"""How a service's pods are, asked of the Kubernetes API itself with the administrator's certificate; and changed."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from operations.exit_codes import OperationError
from operations.status_report import ContainersStatus

_ANSWER_SECONDS = 5.0


class ClusterError(OperationError):
    """The API server can't be asked, or refuses; the message says why."""


class Cluster:
    """One cluster's API."""

    def __init__(self, kubeconfig: Path) -> None:
        """kubeconfig: with the certificates in it, as the sandbox writes it."""
        self._kubeconfig = kubeconfig

    def containers(self, placed: Mapping[str, Mapping[str, Any]]) -> dict[str, ContainersStatus]:
        """The pods of each service.

        placed: by service, the stack output `containers` (its namespace, its deployment and at least how many pods).
        Where the cluster or the deployment can't be found, none is ready.
        """
        try:
            items = self.get("/apis/apps/v1/deployments")["items"] if placed else []
        except ClusterError:
            items = []
        found = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in items}
        return {
            name: _containers(found.get((place["namespace"], place["deployment"])), place["minimum"])
            for name, place in placed.items()
        }

    def get(self, path: str) -> dict[str, Any]:
        """What is at a path. Raises ClusterError."""
        return self._ask("GET", path)

    def merge(self, path: str, body: Mapping[str, Any]) -> None:
        """Change some of an object's fields. Raises ClusterError."""
        self._ask("PATCH", path, body, "application/merge-patch+json")

    def apply(self, path: str, body: Mapping[str, Any], manager: str) -> None:
        """Apply an object in a manager's name, over what others have set of it. Raises ClusterError."""
        query = urlencode({"fieldManager": manager, "force": "true", "fieldValidation": "Strict"})
        self._ask("PATCH", f"{path}?{query}", body, "application/apply-patch+yaml")  # JSON is YAML

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, content: str = "application/json"
    ) -> dict[str, Any]:
        headers = {"accept": "application/json", "content-type": content}
        with self._connection() as connection:
            try:
                connection.request(method, path, json.dumps(body) if body is not None else None, headers=headers)
                answer = connection.getresponse()
                document: dict[str, Any] = json.loads(answer.read())
            except (OSError, ValueError, http.client.HTTPException) as error:
                raise ClusterError(f"the API server does not answer: {error}") from error
        if answer.status != http.HTTPStatus.OK:
            said = document.get("message", "")
            raise ClusterError(f"the API server answers {answer.status} to {method} {path}: {said}")
        return document

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPSConnection]:
        try:
            document = json.loads(self._kubeconfig.read_text())
        except FileNotFoundError as error:
            raise ClusterError(f"there is no {self._kubeconfig}") from error
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
        with os.fdopen(os.memfd_create("client-certificate"), "w") as memory:  # the key is in no other file
            memory.write(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
            memory.flush()
            context.load_cert_chain(f"/proc/self/fd/{memory.fileno()}")
        server = urlsplit(cluster["server"])
        connection = http.client.HTTPSConnection(
            server.hostname or "", server.port, timeout=_ANSWER_SECONDS, context=context
        )
        try:
            yield connection
        finally:
            connection.close()


def _containers(deployment: Mapping[str, Any] | None, minimum: int) -> ContainersStatus:
    if deployment is None:
        return ContainersStatus(desired=minimum, ready=0)
    return ContainersStatus(
        desired=deployment["spec"]["replicas"], ready=deployment.get("status", {}).get("readyReplicas", 0)
    )


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()
