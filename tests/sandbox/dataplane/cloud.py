"""A cloud server for the data plane's tests: a snapshot that a test changes, S3 objects, secrets, and what was posted.

It stands for the real one so that a test can make states that moto is slow to reach, or can't.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.state import LOOPBACK
from tests.serving import serving

Json = dict[str, Any]


def empty_state() -> Json:
    return {
        "instances": [],
        "user_data": {},
        "load_balancers": [],
        "target_groups": [],
        "databases": [],
        "associations": [],
        "roles": {},
    }


class CloudDouble:
    """Serves until `close`."""

    def __init__(self) -> None:
        self.state = empty_state()
        self.objects: dict[str, bytes] = {}
        self.secrets: dict[str, str] = {}
        self.posted: list[tuple[str, Json]] = []
        self.generation = 0
        self.closing = False
        self.changed = threading.Condition()
        self._running = ExitStack()
        self.port = self._serve(0)

    def restart(self) -> None:
        """End all connections, forget what was posted, and count generations anew."""
        self.close()
        with self.changed:
            self.posted.clear()
            self.generation, self.closing = 0, False
        self._serve(self.port)

    def update(self, change: Callable[[Json], None]) -> None:
        """Change the state and let the long polls answer."""
        with self.changed:
            change(self.state)
            self.generation += 1
            self.changed.notify_all()

    def health(self) -> dict[str, Json]:
        """The last health that was told of each target, by its name."""
        with self.changed:
            return {
                name: health
                for path, document in self.posted
                if path == "target-health"
                for targets in document.values()
                for name, health in targets.items()
            }

    def reports(self, path: str) -> list[Json]:
        """What was posted to one private end point."""
        with self.changed:
            return [document for posted, document in self.posted if posted == path]

    def _serve(self, port: int) -> int:
        handler = type("Handler", (_Handler,), {"cloud": self})
        return self._running.enter_context(serving(ThreadingHTTPServer((LOOPBACK, port), handler)))

    def close(self) -> None:
        with self.changed:
            self.closing = True
            self.changed.notify_all()
        self._running.close()


class _Handler(BaseHTTPRequestHandler):
    cloud: CloudDouble

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path != "/_sandbox/snapshot":
            data = self.cloud.objects.get(url.path)
            self._answer(200 if data is not None else 404, data or b"")
            return
        query = parse_qs(url.query)
        with self.cloud.changed:
            self.cloud.changed.wait_for(
                lambda: self.cloud.generation > int(query["after"][0]) or self.cloud.closing,
                float(query["timeout"][0]),
            )
            document = {"generation": self.cloud.generation, **self.cloud.state}
            data = json.dumps(document).encode()
        self._answer(200, data)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.headers.get("x-amz-target") == "secretsmanager.GetSecretValue":
            secret = self.cloud.secrets[body["SecretId"]]
            self._answer(200, json.dumps({"SecretString": secret}).encode())
            return
        with self.cloud.changed:
            self.cloud.posted.append((self.path.removeprefix("/_sandbox/"), body))
            self.cloud.changed.notify_all()
        self._answer(200, b"{}")

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing: a test prints what it needs."""
