"""The portal: what Kartu Prakerja is, which wave is open, and the form to register with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import lru_cache, partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.common.cache import Cache, service_cache
from app.common.database import Database, service_database
from app.common.health import Checks, health_routes, schema_fault
from app.common.middleware import ResponseHeaders
from app.common.pages import Page, render, respond
from app.common.pages.form import empty_form_page, fixed_page
from app.common.pages.page import PUBLIC
from app.common.settings import ServiceSettings, SettingsError
from app.portal.wave_source import WaveSource
from app.portal.waves import WaveBoard, WaveStatus

REQUIRED_SCHEMA_REVISION = "0002"


def create(settings: ServiceSettings) -> ASGIApp:
    """The portal as the settings describe it. Raises SettingsError without its cache."""
    if settings.cache is None:
        raise SettingsError("PRAKERJA_CACHE_HOST is not set")
    return create_with(settings, service_database(settings), service_cache(settings.cache, settings.region))


def create_with(settings: ServiceSettings, database: Database, cache: Cache) -> ASGIApp:
    """The portal on the given database and cache."""
    board = WaveBoard(WaveSource(database, cache))

    async def check() -> Checks:
        return {"database": await schema_fault(database, "portal", REQUIRED_SCHEMA_REVISION)}

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with database, cache:
            yield

    portal = Starlette(
        routes=[
            Route("/", _wave_page("home.html", board)),
            Route("/gelombang", _wave_page("waves.html", board)),
            Route("/daftar", _form),
            Route("/hasil", _fixed("result.html")),
            Route("/terverifikasi", _fixed("verified.html")),
            *health_routes(check),
        ],
        exception_handlers={
            404: partial(_answer_with, "missing.html", 404),
            500: partial(_answer_with, "trouble.html", 500),
        },
        lifespan=lifespan,
    )
    return ResponseHeaders(portal, settings)


@lru_cache(maxsize=8)
def _rendered(template: str, status: WaveStatus | None) -> Page:
    return render(template, status=status)


def _wave_page(template: str, board: WaveBoard) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return respond(request, _rendered(template, await board.status()), cache=PUBLIC)

    return endpoint


async def _form(request: Request) -> Response:
    return respond(request, empty_form_page())


def _fixed(template: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return respond(request, fixed_page(template))

    return endpoint


async def _answer_with(template: str, status: int, request: Request, _error: Exception) -> Response:
    return respond(request, fixed_page(template), status=status)
