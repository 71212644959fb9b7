"""The data plane's private end points: what it reads from the cloud, and what it tells it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from sandbox.aws.server.cloud import Cloud
from sandbox.aws.server.corrections.target_groups import Report, report

PREFIX = "/_sandbox/"

Answer = tuple[str, list[tuple[str, str]], bytes]


class PrivateApi:
    """Routes `GET /_sandbox/…` and `POST /_sandbox/…`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def answer(self, environ: WSGIEnvironment) -> Answer:
        path = environ["PATH_INFO"].removeprefix(PREFIX).split("/")
        query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        match environ["REQUEST_METHOD"], path:
            case "GET", ["health"]:
                return _json({"ok": True})
            case "GET", ["snapshot"]:
                return _json(self._cloud.snapshot(int(query.get("after", 0)), float(query.get("timeout", 0))))
            case "POST", ["target-health"]:
                return self._target_health(_content(environ))
        return _json({"error": f"no such end point: {environ['PATH_INFO']}"}, "404 Not Found")

    def _target_health(self, groups: dict[str, dict[str, dict[str, str | None]]]) -> Answer:
        """Health isn't part of the snapshot and isn't kept, so that a report alone wakes nobody."""
        with self._cloud.lock:
            for arn, targets in groups.items():
                for target, seen in targets.items():
                    report(arn, target, Report(str(seen["state"]), seen.get("reason"), seen.get("description")))
        return _json({})


def _content(environ: WSGIEnvironment) -> Any:
    return json.load(environ["wsgi.input"])


def _json(content: Any, status: str = "200 OK") -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps(content).encode()
