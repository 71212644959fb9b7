"""Prepares the database for a release, once, before its fleet starts: `python -m app.migrate`.

Makes the services' roles and schemas, brings the schema to the newest revision, and gives the identity key's secret
its first value, so that the key passes through nobody's hands. Safe to repeat; two at once take turns.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.common.aws import NO_VALUE, AwsError, Secret
from app.common.identity_keys import new_secret
from app.common.settings import MigrationSettings, SettingsError, migration_settings

# A service's role and schema have its name.
SERVICES = ("portal", "registration", "relay", "notification", "identity")

_ADVISORY_LOCK = 7_201_411_201  # any number that nothing else in this database locks
_LOCK_WAIT = "10s"  # rather fail than queue the live service's statements behind a waiting change of its table

_PRIVATE_DATABASE = """
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END $$
"""
_SERVICE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{service}') THEN
        CREATE ROLE {service} LOGIN;
    END IF;
    GRANT rds_iam TO {service};
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO {service}', current_database());
    CREATE SCHEMA IF NOT EXISTS {service};
    GRANT USAGE ON SCHEMA {service} TO {service};
END $$
"""


async def migrate(master: dict[str, Any]) -> None:
    """Make roles and schemas, and migrate to the newest revision.

    master: what asyncpg.connect takes to reach the server as its master user.
    """

    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(**master)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})"))  # held until the connection ends
        await connection.execute(text(f"SET lock_timeout = '{_LOCK_WAIT}'"))
        await connection.commit()
        await _provision(connection)
        await connection.run_sync(_upgrade)


async def _provision(connection: AsyncConnection) -> None:
    await connection.execute(text(_PRIVATE_DATABASE))
    await connection.execute(text("CREATE SCHEMA IF NOT EXISTS migration"))
    for service in SERVICES:
        await connection.execute(text(_SERVICE.format(service=service)))
    await connection.commit()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def ensure_identity_key(secret: Secret) -> None:
    """Give the secret its first value if it has none. Raises AwsError, also where there is no such secret."""
    try:
        secret.text()
    except AwsError as error:
        if error.code != NO_VALUE:
            raise
        secret.put(new_secret())


async def _run(settings: MigrationSettings) -> None:
    master = json.loads(Secret(region=settings.region, arn=settings.master_secret).text())
    await migrate(
        {
            "host": settings.database.host,
            "port": settings.database.port,
            "database": settings.database.name,
            "user": master["username"],
            "password": master["password"],
            "ssl": ssl.create_default_context(cafile=str(settings.database.ca_bundle)),
        }
    )
    ensure_identity_key(Secret(region=settings.region, arn=settings.identity_key_secret))


def main() -> int:
    """Return 0 once all is done, 2 where the environment is wrong."""
    try:
        settings = migration_settings(os.environ)
    except SettingsError as error:
        print(f"app.migrate: {error}", file=sys.stderr)
        return 2
    asyncio.run(_run(settings))
    print("app.migrate: the database is ready")
    return 0


if __name__ == "__main__":
    sys.exit(main())
