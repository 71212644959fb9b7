"""Runs one ASGI application until SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
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
# Between two looks at the clock for the header `Date`. Uvicorn looks at whether it should end as often, ten times a
# second: where processes share a machine by the hundred, that takes more of it than their health checks.
_TICK_SECONDS = 1.0


def serve(app: ASGIApp, settings: ServiceSettings) -> None:
    """Serve until SIGTERM, let requests under way finish within the drain time, and return.

    The client's address and scheme are used for nothing, so no forwarding header is trusted.
    """
    signal.signal(signal.SIGTERM, _leave)  # until the server takes over, and again once it has drained
    server = _Server(
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


class _Server(uvicorn.Server):
    """Uvicorn's server, woken by the signal that ends it rather than by looking for it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told_to_leave = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told_to_leave.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._told_to_leave.wait()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
