"""Runs one ASGI application until SIGTERM."""

from __future__ import annotations

import signal
from types import FrameType

# Submodules that the server would import only once it runs: after the fork, once in each process.
import uvicorn.lifespan.on
import uvicorn.loops.uvloop
import uvicorn.protocols.http.httptools_impl
from starlette.types import ASGIApp

from app.common.settings import ServiceSettings

# An idle connection of the load balancer lives 60 s; ours must live longer, or a request meets a closed socket.
KEEP_ALIVE_SECONDS = 75


def serve(app: ASGIApp, settings: ServiceSettings) -> None:
    """Serve until SIGTERM, let requests under way finish within the drain time, and return.

    The client's address and scheme are used for nothing, so no forwarding header is trusted.
    """
    signal.signal(signal.SIGTERM, _leave)  # until the server takes over, and again once it has drained
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.listen_host,
            port=settings.listen_port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=settings.drain_seconds,
        )
    )
    server.run()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
