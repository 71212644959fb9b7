"""A service that takes work instead of requests: a loop, and `/healthz` beside it."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp

from app.common.backoff import Backoff, wait_unless
from app.common.database import Database
from app.common.health import process_route, schema_fault
from app.common.middleware import ResponseHeaders
from app.common.settings import ServiceSettings

# Works until the event is set, then finishes what it has in hand and returns.
Work = Callable[[asyncio.Event], Awaitable[None]]

_log = logging.getLogger(__name__)


def worker(settings: ServiceSettings, work: Work) -> ASGIApp:
    """The application around `work`: started with the process, and given `drain_seconds` to finish at its end.

    If `work` ends by an error, the process is unhealthy from then on and leaves, so that whoever runs it starts it
    anew.
    """
    loop = _Loop(work, settings.drain_seconds)
    return ResponseHeaders(Starlette(routes=[process_route(loop.runs)], lifespan=loop.lifespan), settings)


class _Loop:
    def __init__(self, work: Work, drain_seconds: int) -> None:
        self._work = work
        self._drain_seconds = drain_seconds
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def runs(self) -> bool:
        return self._task is not None and not self._task.done()

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self._task = asyncio.create_task(self._run())
        yield
        self._stopping.set()
        await asyncio.wait({self._task}, timeout=self._drain_seconds)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._work(self._stopping)
        except Exception:
            _log.exception("the work has ended by an error")
            _leave()
            raise


def _leave() -> None:
    signal.raise_signal(signal.SIGTERM)


async def until_migrated(database: Database, schema: str, required_revision: str, stopping: asyncio.Event) -> None:
    """Return once the schema is there, or as soon as the process is to stop."""
    backoff = Backoff(first=1, longest=30)
    while not stopping.is_set():
        fault = await schema_fault(database, schema, required_revision)
        if fault is None:
            return
        _log.warning("nothing can be done yet", extra={"fields": {"database": fault}})
        await wait_unless(stopping, backoff.pause())
