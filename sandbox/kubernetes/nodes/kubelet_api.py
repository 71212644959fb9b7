"""What the API server asks of a kubelet: the logs of containers (`kubectl logs`), and no more."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from sandbox.kubernetes.nodes.logs import PodLogs
from sandbox.kubernetes.nodes.pod import PodWorker

_POLL_SECONDS = 0.2
_CHUNK_BYTES = 1 << 16
_UNSUPPORTED = ("timestamps", "sinceSeconds", "sinceTime")

FindPod = Callable[[str, str], PodWorker | None]


def application(find: FindPod, logs: PodLogs) -> web.Application:
    """The kubelet's HTTP API over the pods that `find` knows by namespace and name."""

    async def container_logs(request: web.Request) -> web.StreamResponse:
        namespace, name, container = (request.match_info[part] for part in ("namespace", "pod", "container"))
        worker = find(namespace, name)
        run = worker.run_of(container) if worker else None
        if worker is None or run is None:
            return _plain(404, f'container "{container}" in pod "{name}" is not on this node')
        if asked := [option for option in _UNSUPPORTED if request.query.get(option, "false") != "false"]:
            return _plain(400, f"the sandbox's nodes keep no times of log lines: {', '.join(asked)}")
        previous = request.query.get("previous") == "true"
        attempt = run - (1 if previous else 0)
        file = logs.file(worker.pod, container, attempt)
        if not file.exists():
            kind = "previous terminated container" if previous else "container"
            return _plain(400, f'{kind} "{container}" in pod "{name}" not found')

        def lives() -> bool:
            return find(namespace, name) is worker and worker.is_running(container, attempt)

        return await _send(request, file, lives)

    async def refused(request: web.Request) -> web.Response:
        return _plain(501, f"the sandbox's nodes don't support {request.match_info['what']}")

    app = web.Application()
    app.add_routes(
        [
            web.get("/containerLogs/{namespace}/{pod}/{container}", container_logs),
            web.route("*", "/{what:exec|attach|portForward|run}/{rest:.*}", refused),
        ]
    )
    return app


async def _send(request: web.Request, file: Path, lives: Callable[[], bool]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/plain"})
    await response.prepare(request)
    left = int(request.query.get("limitBytes", 1 << 62))
    follow = request.query.get("follow") == "true"
    with file.open("rb") as source:
        if "tailLines" in request.query:
            source.seek(tail_start(file, int(request.query["tailLines"])))
        while left > 0:
            last_look = not (follow and lives())
            while chunk := source.read(min(_CHUNK_BYTES, left)):
                await response.write(chunk)
                left -= len(chunk)
            if last_look:
                break
            await asyncio.sleep(_POLL_SECONDS)
            if source.tell() > os.fstat(source.fileno()).st_size:  # the log was turned over
                source.seek(0)
    return response


def tail_start(file: Path, lines: int) -> int:
    """Where the last `lines` lines of a file begin."""
    content = file.read_bytes()
    position = len(content) - 1 if content.endswith(b"\n") else len(content)
    for _ in range(lines):
        position = content.rfind(b"\n", 0, position)
        if position < 0:
            return 0
    return position + 1 if lines else len(content)


def _plain(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=message)
