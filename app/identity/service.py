"""The identity service: a worker between the queue and the partner that checks identities."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp

from app.common.database import Database, service_database
from app.common.key_source import KeySource
from app.common.partner import Partner
from app.common.queue import AT_ONCE, Queue
from app.common.settings import ServiceSettings, SettingsError
from app.common.worker import until_migrated, worker
from app.identity.checker import Checker
from app.identity.results import Results

REQUIRED_SCHEMA_REVISION = "0007"
PARTNER = "identity"


def create(settings: ServiceSettings) -> ASGIApp:
    """The service as the settings describe it. Raises SettingsError without its queue, its partner or the keys."""
    if settings.identity_key_secret is None:
        raise SettingsError("PRAKERJA_IDENTITY_KEY_SECRET is not set")
    queue = Queue(region=settings.region, url=settings.queue_url("identity"))
    key_source = KeySource(region=settings.region, secret_arn=settings.identity_key_secret)
    return create_with(settings, service_database(settings), queue, key_source)


def create_with(settings: ServiceSettings, database: Database, queue: Queue, key_source: KeySource) -> ASGIApp:
    """The service on the given database, queue and keys. Raises SettingsError without its partner."""
    partner = Partner(PARTNER, settings.partner(PARTNER), region=settings.region, at_once=AT_ONCE)
    checker = Checker(queue, Results(database), key_source, partner, at_once=AT_ONCE)

    async def work(stopping: asyncio.Event) -> None:
        async with database:
            await until_migrated(database, "identity", REQUIRED_SCHEMA_REVISION, stopping)
            await checker.run(stopping)

    return worker(settings, work)
