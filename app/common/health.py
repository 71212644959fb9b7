"""The two questions a load balancer and an operator ask of a service.

`/healthz` is about the process alone: an Auto Scaling group replaces what fails it, and a database failover must not
recycle a fleet. `/readyz` is about what the service depends on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.common.database import Database, DatabaseUnavailableError

# Names what was looked at, and for each what is wrong, or None.
Checks = dict[str, str | None]


class Readiness(msgspec.Struct, frozen=True):
    """`ready`, and the state of each dependency: "ok", or what is wrong with it."""

    ready: bool
    checks: dict[str, str]


def health_routes(check: Callable[[], Awaitable[Checks]]) -> list[Route]:
    """The routes of both; `check` looks at the dependencies within seconds."""

    async def readyz(_request: Request) -> Response:
        checks = await check()
        answer = Readiness(
            ready=not any(checks.values()), checks={name: fault or "ok" for name, fault in checks.items()}
        )
        return Response(
            msgspec.json.encode(answer),
            status_code=200 if answer.ready else 503,
            media_type="application/json",
            headers={"cache-control": "no-store"},
        )

    return [process_route(), Route("/readyz", readyz)]


def process_route(runs: Callable[[], bool] = lambda: True) -> Route:
    """The route of `/healthz`; `runs` tells whether the process does what it is there for."""

    async def healthz(_request: Request) -> Response:
        body, status = (b"ok\n", 200) if runs() else (b"stopped\n", 503)
        return Response(body, status_code=status, media_type="text/plain", headers={"cache-control": "no-store"})

    return Route("/healthz", healthz)


async def schema_fault(database: Database, schema: str, required_revision: str) -> str | None:
    """What keeps a service from using its schema, or None.

    A newer revision than the required one is well: migrations run before the fleet is replaced.
    """
    try:
        rows = await database.fetch(f"SELECT revision FROM {schema}.schema_revision")  # noqa: S608 - our own name
    except DatabaseUnavailableError:
        return "the database does not answer"
    except asyncpg.UndefinedTableError:
        return "the schema has not been made"
    revision: str = rows[0]["revision"]
    return None if revision >= required_revision else f"revision {revision} is older than {required_revision}"
