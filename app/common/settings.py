"""What a service process learns from its environment, the same on a VM and in a container."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_QUEUE_VARIABLE = re.compile(r"PRAKERJA_QUEUE_(\w+)_URL")
_PARTNER_VARIABLE = re.compile(r"PRAKERJA_PARTNER_(\w+)_URL")


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
class CacheSettings:
    """Where Valkey is, the id of its replication group, our user's name, and who may vouch for it (a PEM file)."""

    host: str
    port: int
    name: str
    user: str
    ca_bundle: Path


@dataclass(frozen=True, kw_only=True)
class SesSettings:
    """Mail is sent by SES, through this configuration set."""

    configuration_set: str


@dataclass(frozen=True, kw_only=True)
class SendGridSettings:
    """Mail is sent by SendGrid, with the API key in this secret (its ARN)."""

    api_key_secret: str


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """How mail is sent.

    sender: the address it comes from.
    way: by whom it is sent.
    per_second: how many this process may send in a second. site_url: what links in it begin with.
    """

    sender: str
    way: SesSettings | SendGridSettings
    per_second: int
    site_url: str


@dataclass(frozen=True, kw_only=True)
class PartnerSettings:
    """How a partner is asked.

    url: where its API begins. secret: ARN of our credential there. requests_per_second: how many this process may send.
    connect_seconds, answer_seconds: how long to wait for a connection, and for an answer.
    """

    url: str
    secret: str
    requests_per_second: int
    connect_seconds: int
    answer_seconds: int


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """One service process.

    drain_seconds: how long requests under way may take to finish after SIGTERM.
    database_pool_size: connections this process may hold at most; part of the fleet's connection budget.
    identity_key_secret: ARN of the secret with the keys for identity numbers; None for a service without that need,
        as for cache and mail.
    queue_urls: of the queues that the service reads or writes, by their names.
    partners: names of those that the environment has. partner_apis: of those that the service itself asks.
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
    cache: CacheSettings | None
    mail: MailSettings | None
    queue_urls: Mapping[str, str]
    partners: frozenset[str]
    partner_apis: Mapping[str, PartnerSettings]
    served_by: str | None
    release: str | None

    def queue_url(self, name: str) -> str:
        """Raises SettingsError where the service has not been given this queue."""
        if name not in self.queue_urls:
            raise SettingsError(f"PRAKERJA_QUEUE_{name.upper()}_URL is not set")
        return self.queue_urls[name]

    def partner(self, name: str) -> PartnerSettings:
        """Raises SettingsError where the service has not been given this partner."""
        if name not in self.partner_apis:
            raise SettingsError(f"PRAKERJA_PARTNER_{name.upper()}_URL is not set")
        return self.partner_apis[name]


@dataclass(frozen=True, kw_only=True)
class MigrationSettings:
    """The migration job: the database, its master user's secret and the identity key's secret (ARNs)."""

    region: str
    database: DatabaseSettings
    master_secret: str
    identity_key_secret: str


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """A job that people run beside the services: where it is, and the database."""

    region: str
    database: DatabaseSettings


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
        cache=_cache(environ) if "PRAKERJA_CACHE_HOST" in environ else None,
        mail=_mail(environ) if "PRAKERJA_MAIL_SENDER" in environ else None,
        queue_urls={
            match[1].lower(): _text(environ, variable)
            for variable in environ
            if (match := _QUEUE_VARIABLE.fullmatch(variable))
        },
        partners=frozenset(filter(None, environ.get("PRAKERJA_PARTNERS", "").split(","))),
        partner_apis={
            match[1].lower(): _partner(environ, f"PRAKERJA_PARTNER_{match[1]}")
            for variable in environ
            if (match := _PARTNER_VARIABLE.fullmatch(variable))
        },
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


def job_settings(environ: Mapping[str, str]) -> JobSettings:
    """Read the settings of a job. Raises SettingsError."""
    return JobSettings(region=_text(environ, "AWS_REGION"), database=_database(environ))


def _database(environ: Mapping[str, str]) -> DatabaseSettings:
    return DatabaseSettings(
        host=_text(environ, "PRAKERJA_DATABASE_HOST"),
        port=_number(environ, "PRAKERJA_DATABASE_PORT", lowest=1, highest=65535),
        name=_text(environ, "PRAKERJA_DATABASE_NAME"),
        ca_bundle=Path(_text(environ, "PRAKERJA_DATABASE_CA_BUNDLE")),
    )


def _cache(environ: Mapping[str, str]) -> CacheSettings:
    return CacheSettings(
        host=_text(environ, "PRAKERJA_CACHE_HOST"),
        port=_number(environ, "PRAKERJA_CACHE_PORT", lowest=1, highest=65535),
        name=_text(environ, "PRAKERJA_CACHE_NAME"),
        user=_text(environ, "PRAKERJA_CACHE_USER"),
        ca_bundle=Path(_text(environ, "PRAKERJA_CACHE_CA_BUNDLE")),
    )


def _mail(environ: Mapping[str, str]) -> MailSettings:
    return MailSettings(
        sender=_text(environ, "PRAKERJA_MAIL_SENDER"),
        way=_mail_way(environ),
        per_second=_number(environ, "PRAKERJA_MAIL_PER_SECOND", lowest=1, highest=10_000),
        site_url=_text(environ, "PRAKERJA_SITE_URL"),
    )


def _partner(environ: Mapping[str, str], prefix: str) -> PartnerSettings:
    return PartnerSettings(
        url=_text(environ, f"{prefix}_URL"),
        secret=_text(environ, f"{prefix}_SECRET"),
        requests_per_second=_number(environ, f"{prefix}_REQUESTS_PER_SECOND", lowest=1, highest=10_000),
        connect_seconds=_number(environ, f"{prefix}_CONNECT_SECONDS", lowest=1, highest=30),
        answer_seconds=_number(environ, f"{prefix}_ANSWER_SECONDS", lowest=1, highest=120),
    )


def _mail_way(environ: Mapping[str, str]) -> SesSettings | SendGridSettings:
    match _text(environ, "PRAKERJA_MAIL_SENT_BY"):
        case "ses":
            return SesSettings(configuration_set=_text(environ, "PRAKERJA_MAIL_CONFIGURATION_SET"))
        case "sendgrid":
            return SendGridSettings(api_key_secret=_text(environ, "PRAKERJA_MAIL_API_KEY_SECRET"))
        case other:
            raise SettingsError(f"PRAKERJA_MAIL_SENT_BY must be ses or sendgrid, not {other!r}")


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
