"""One service's connections to PostgreSQL: few, bounded in time, and back by themselves after an outage.

Nothing connects until a statement runs, so a process starts whether or not the database is there. Every wait has an
end: a full pool or a database that doesn't answer is a `DatabaseUnavailableError` within seconds, never a hang.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self, TypeAlias

import asyncpg
from botocore.exceptions import BotoCoreError

from app.common.logins import database_login
from app.common.settings import DatabaseSettings, ServiceSettings

ACQUIRE_SECONDS = 2.0  # waiting for a free connection, opening one included
STATEMENT_SECONDS = 2.0
IDLE_SECONDS = 300.0

# What the pool lends.
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

_log = logging.getLogger(__name__)

_UNAVAILABLE = (
    OSError,
    TimeoutError,
    BotoCoreError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutdown, crash recovery, cancelled statement
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.InvalidAuthorizationSpecificationError,  # the token was refused
    asyncpg.ReadOnlySQLTransactionError,  # still connected to the former primary after a failover
)


class DatabaseUnavailableError(Exception):
    """The database did not answer in time or not at all; the statement may or may not have been carried out."""


class Database:
    """A pool of at most `pool_size` connections, each opened when it is first needed.

    Used as an asynchronous context manager around the service's life.
    """

    def __init__(self, *, pool_size: int, login: dict[str, Any]) -> None:
        """login: what asyncpg.connect takes to reach the server as this service."""
        self._pool_size = pool_size
        self._login = login
        self._pool: asyncpg.Pool[asyncpg.Record]

    async def __aenter__(self) -> Self:
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self._pool_size,
            max_inactive_connection_lifetime=IDLE_SECONDS,
            timeout=ACQUIRE_SECONDS,
            command_timeout=STATEMENT_SECONDS,
            server_settings={"statement_timeout": f"{STATEMENT_SECONDS:.0f}s"},
            reset=_leave_as_is,
            **self._login,
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        try:
            async with asyncio.timeout(STATEMENT_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Run one statement in a transaction of its own: on return it is committed.

        Raises DatabaseUnavailableError.
        """
        async with self._connection() as connection:
            return await connection.fetch(statement, *arguments)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction that commits at the block's end, and is rolled back where the block raises.

        Raises DatabaseUnavailableError; at the block's end the transaction may or may not be committed then. The
        block's other work must raise none of the errors that a lost database raises.
        """
        async with self._connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                try:
                    yield connection
                except asyncpg.InterfaceError as error:
                    if _is_lost(connection):
                        raise asyncpg.ConnectionDoesNotExistError from error
                    raise
                except _UNAVAILABLE:
                    connection.terminate()  # a new one reaches whatever server is the primary by then
                    raise
        except _UNAVAILABLE as error:
            _log.warning("the database is unavailable", extra={"fields": {"reason": type(error).__name__}})
            raise DatabaseUnavailableError from error


def _is_lost(connection: Connection) -> bool:
    """Whether a connection was lost between two statements: asyncpg then raises what it raises for misuse."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back
        return True


async def _leave_as_is(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Statements and transactions leave nothing in the session: resetting it would double the round trips."""


def service_database(settings: ServiceSettings) -> Database:
    """The database of a service."""
    return database_as(
        settings.database_user, settings.database, region=settings.region, pool_size=settings.database_pool_size
    )


def database_as(user: str, database: DatabaseSettings, *, region: str, pool_size: int) -> Database:
    """The database as one user: TLS verified against the CA bundle, a fresh IAM token for each connection."""
    login = database_login(region=region, host=database.host, port=database.port, user=user)

    async def password() -> str:
        return await asyncio.to_thread(login.token)  # a refresh of the role's credentials is a blocking call

    return Database(
        pool_size=pool_size,
        login={
            "host": database.host,
            "port": database.port,
            "database": database.name,
            "user": user,
            "password": password,
            "ssl": ssl.create_default_context(cafile=str(database.ca_bundle)),
        },
    )
