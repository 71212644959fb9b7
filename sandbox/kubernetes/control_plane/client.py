"""The control plane's own few calls: is etcd ready, is the API server, and applying what a cluster begins with.

Plain and synchronous: they are made one at a time, while nothing else is to be done.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from pathlib import Path
from typing import Any

from sandbox.state import LOOPBACK

_SECONDS = 10.0
_FIELD_MANAGER = "prakerja-sandbox"


class ApiError(RuntimeError):
    """The API server refused a call; the message says which, and why."""


class ApiServer:
    """The API server of the cluster in a directory, called as its administrator."""

    def __init__(self, directory: Path, port: int) -> None:
        self._port = port
        self._tls = ssl.create_default_context(cafile=str(directory / "ca.pem"))
        self._tls.load_cert_chain(directory / "admin.pem", directory / "admin.key")

    def answers(self, path: str) -> bool:
        """Whether `path` is there and well."""
        try:
            status, _ = self._call("GET", path)
        except (OSError, http.client.HTTPException):
            return False
        return status == 200

    def apply(self, path: str, document: dict[str, Any]) -> None:
        """Make the object at `path` what `document` says. Raises ApiError."""
        query = f"fieldManager={_FIELD_MANAGER}&force=true"
        status, answer = self._call("PATCH", f"{path}?{query}", json.dumps(document))
        if status not in (200, 201):
            raise ApiError(f"{path} could not be applied: {answer.decode(errors='replace')}")

    def _call(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(LOOPBACK, self._port, timeout=_SECONDS, context=self._tls)
        try:
            connection.request(method, path, body, {"Content-Type": "application/apply-patch+yaml"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def etcd_is_healthy(unix_socket: Path) -> bool:
    """Whether etcd serves by a Unix socket, which may be named relative to the working directory."""
    connection = _UnixConnection(unix_socket)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
