"""The registration service: its routes and what it depends on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.common.database import Database, service_database
from app.common.health import Checks, health_routes, schema_fault
from app.common.key_source import KeySource
from app.common.middleware import ResponseHeaders
from app.common.pages import respond
from app.common.pages.form import fixed_page
from app.common.settings import ServiceSettings, SettingsError
from app.registration import api, form, openapi
from app.registration.passwords import PasswordHashing
from app.registration.registrar import Registrar
from app.registration.verification_form import VerificationForm

REQUIRED_SCHEMA_REVISION = "0009"
FORM_PATH = "/pendaftaran"
VERIFICATION_PATH = "/verifikasi"
IDENTITY_PARTNER = "identity"

_OPENAPI = msgspec.json.encode(openapi.document())


def create(settings: ServiceSettings) -> ASGIApp:
    """The service as the settings describe it. Raises SettingsError without the identity key's secret."""
    if settings.identity_key_secret is None:
        raise SettingsError("PRAKERJA_IDENTITY_KEY_SECRET is not set")
    key_source = KeySource(region=settings.region, secret_arn=settings.identity_key_secret)
    return create_with(settings, service_database(settings), key_source)


def create_with(settings: ServiceSettings, database: Database, key_source: KeySource) -> ASGIApp:
    """The service on the given database and keys."""
    registrar = Registrar(database, key_source, check_identities=IDENTITY_PARTNER in settings.partners)
    verification = VerificationForm(database, key_source, PasswordHashing())

    async def check() -> Checks:
        return {
            "database": await schema_fault(database, "registration", REQUIRED_SCHEMA_REVISION),
            "identity_key": None if key_source.keys else "not loaded yet",
        }

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with database:
            loading = asyncio.create_task(key_source.load())
            yield
            loading.cancel()

    service = Starlette(
        routes=[
            Route("/api/accounts", _with(registrar, api.create_account), methods=["POST"]),
            Route(FORM_PATH, _with(registrar, form.register), methods=["POST"]),
            Route(FORM_PATH, _to_form, methods=["GET"]),
            Route(VERIFICATION_PATH, verification.show, methods=["GET"]),
            Route(VERIFICATION_PATH, verification.send, methods=["POST"]),
            Route("/openapi.json", _describe),
            *health_routes(check),
        ],
        exception_handlers=_EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )
    return ResponseHeaders(service, settings)


def _with(
    registrar: Registrar, handler: Callable[[Request, Registrar], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await handler(request, registrar)

    return endpoint


async def _to_form(_request: Request) -> Response:
    return RedirectResponse("/daftar", status_code=303, headers={"cache-control": "no-store"})


async def _describe(_request: Request) -> Response:
    return Response(_OPENAPI, media_type="application/json", headers={"cache-control": "public, max-age=300"})


async def _refuse(request: Request, error: HTTPException) -> Response:
    return _refusal(request, error.status_code, error.headers or {})


async def _refuse_inside(request: Request, _error: Exception) -> Response:
    return _refusal(request, 500, {})


def _refusal(request: Request, status: int, headers: Mapping[str, str]) -> Response:
    """A page for the forms, JSON for everything else."""
    if request.url.path in (FORM_PATH, VERIFICATION_PATH):
        return respond(request, fixed_page("trouble.html"), status=status, headers=dict(headers))
    return api.refusal(status, headers=headers)


async def _nobody_there(_request: Request, _error: Exception) -> Response:
    """The client left before its request was whole; nothing is stored, and nothing is wrong with us."""
    return Response(status_code=400)


# Starlette types every handler as one of any exception.
_EXCEPTION_HANDLERS: dict[Any, Any] = {
    HTTPException: _refuse,
    ClientDisconnect: _nobody_there,
    500: _refuse_inside,
}
