"""The relay: a worker between the outbox in the database and the queue."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp

from app.common.database import Database, service_database
from app.common.queue import Queue
from app.common.settings import ServiceSettings
from app.common.worker import until_migrated, worker
from app.relay.relay import Relay

REQUIRED_SCHEMA_REVISION = "0003"


def create(settings: ServiceSettings) -> ASGIApp:
    """The relay as the settings describe it. Raises SettingsError without its queue."""
    queue = Queue(region=settings.region, url=settings.queue_url("notification"))
    return create_with(settings, service_database(settings), queue)


def create_with(settings: ServiceSettings, database: Database, queue: Queue) -> ASGIApp:
    """The relay on the given database and queue."""

    async def work(stopping: asyncio.Event) -> None:
        async with database:
            await until_migrated(database, "relay", REQUIRED_SCHEMA_REVISION, stopping)
            await Relay(database, queue).run(stopping)

    return worker(settings, work)
