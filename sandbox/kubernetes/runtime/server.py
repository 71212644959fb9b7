"""The runtime's socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from sandbox.dataplane.runner.artefacts import ArtefactSource
from sandbox.dataplane.runner.errors import BootError
from sandbox.kubernetes.runtime.containers import Containers, UnknownContainerError
from sandbox.kubernetes.runtime.protocol import SignalRequest, StartRequest


def application(containers: Containers) -> web.Application:
    """The HTTP application of `protocol.py` over some containers."""

    async def pull(request: web.Request) -> web.Response:
        await containers.pull(msgspec.json.decode(await request.read(), type=ArtefactSource))
        return _json({})

    async def start(request: web.Request) -> web.Response:
        return _json(await containers.start(msgspec.json.decode(await request.read(), type=StartRequest)))

    async def listing(request: web.Request) -> web.Response:
        return _json(await containers.listing(int(request.query["after"]), float(request.query["timeout"])))

    async def signal(request: web.Request) -> web.Response:
        wanted = msgspec.json.decode(await request.read(), type=SignalRequest)
        containers.signal(request.match_info["id"], wanted.number)
        return _json({})

    async def forget(request: web.Request) -> web.Response:
        await containers.forget(request.match_info["id"])
        return _json({})

    app = web.Application(middlewares=[_refusals])
    app.add_routes(
        [
            web.post("/images", pull),
            web.post("/containers", start),
            web.get("/containers", listing),
            web.post("/containers/{id}/signal", signal),
            web.delete("/containers/{id}", forget),
        ]
    )
    return app


@web.middleware
async def _refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except BootError as error:
        return _json({"error": str(error)}, 409)
    except UnknownContainerError as error:
        return _json({"error": f"there is no container {error}"}, 404)
    except (msgspec.DecodeError, ValueError, KeyError) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, 400)


def _json(content: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json", status=status)
