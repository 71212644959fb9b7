"""What a service process learns from its environment, the same on a VM and in a container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """A variable of the environment is missing or can't be used; the message names it."""


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Where PostgreSQL is, and the certificate authorities that may vouch for it (a PEM file)."""

    host: str
    port: int
    name: str
    ca_bundle: Path


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """One service process.

    drain_seconds: how long requests under way may take to finish after SIGTERM.
    database_pool_size: connections this process may hold at most; part of the fleet's connection budget.
    identity_key_secret: ARN of the secret with the keys for identity numbers; None for a service without that need.
    served_by, release: values of the response headers X-Served-By and X-Release; None leaves them out.
    """

    service: str
    environment: str
    region: str
    listen_host: str
    listen_port: int
    drain_seconds: int
    database: DatabaseSettings
    database_user: str
    database_pool_size: int
    identity_key_secret: str | None
    served_by: str | None
    release: str | None


@dataclass(frozen=True, kw_only=True)
class MigrationSettings:
    """The migration job: the database, its master user's secret and the identity key's secret (ARNs)."""

    region: str
    database: DatabaseSettings
    master_secret: str
    identity_key_secret: str


def service_settings(environ: Mapping[str, str]) -> ServiceSettings:
    """Read the settings of a service process. Raises SettingsError."""
    return ServiceSettings(
        service=_text(environ, "PRAKERJA_SERVICE"),
        environment=_text(environ, "PRAKERJA_ENVIRONMENT"),
        region=_text(environ, "AWS_REGION"),
        listen_host=environ.get("PRAKERJA_LISTEN_HOST", "0.0.0.0"),  # noqa: S104 - the load balancer comes from outside
        listen_port=_number(environ, "PRAKERJA_LISTEN_PORT", lowest=1, highest=65535),
        drain_seconds=_number(environ, "PRAKERJA_DRAIN_SECONDS", lowest=1, highest=3600),
        database=_database(environ),
        database_user=_text(environ, "PRAKERJA_DATABASE_USER"),
        database_pool_size=_number(environ, "PRAKERJA_DATABASE_POOL_SIZE", lowest=1, highest=100),
        identity_key_secret=environ.get("PRAKERJA_IDENTITY_KEY_SECRET"),
        served_by=environ.get("PRAKERJA_SERVED_BY"),
        release=environ.get("PRAKERJA_RELEASE"),
    )


def migration_settings(environ: Mapping[str, str]) -> MigrationSettings:
    """Read the settings of the migration job. Raises SettingsError."""
    return MigrationSettings(
        region=_text(environ, "AWS_REGION"),
        database=_database(environ),
        master_secret=_text(environ, "PRAKERJA_DATABASE_MASTER_SECRET"),
        identity_key_secret=_text(environ, "PRAKERJA_IDENTITY_KEY_SECRET"),
    )


def _database(environ: Mapping[str, str]) -> DatabaseSettings:
    return DatabaseSettings(
        host=_text(environ, "PRAKERJA_DATABASE_HOST"),
        port=_number(environ, "PRAKERJA_DATABASE_PORT", lowest=1, highest=65535),
        name=_text(environ, "PRAKERJA_DATABASE_NAME"),
        ca_bundle=Path(_text(environ, "PRAKERJA_DATABASE_CA_BUNDLE")),
    )


def _text(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def _number(environ: Mapping[str, str], name: str, *, lowest: int, highest: int) -> int:
    value = _text(environ, name)
    if not value.isascii() or not value.isdigit() or not lowest <= int(value) <= highest:
        raise SettingsError(f"{name} must be a whole number from {lowest} to {highest}, not {value!r}")
    return int(value)
