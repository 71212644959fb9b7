"""The relay: a worker between the outboxes in the database and the queues."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from starlette.types import ASGIApp

from app.common.database import Database, service_database
from app.common.queue import Queue
from app.common.settings import ServiceSettings, SettingsError
from app.common.worker import until_migrated, worker
from app.relay.outbox import TABLES, Outbox
from app.relay.relay import Relay

REQUIRED_SCHEMA_REVISION = "0006"

_log = logging.getLogger(__name__)


def create(settings: ServiceSettings) -> ASGIApp:
    """The relay as the settings describe it. Raises SettingsError without any queue."""
    if not TABLES.keys() & settings.queue_urls.keys():
        raise SettingsError("no PRAKERJA_QUEUE_…_URL is set")
    queues = {
        name: Queue(region=settings.region, url=url) for name, url in settings.queue_urls.items() if name in TABLES
    }
    return create_with(settings, service_database(settings), queues)


def create_with(settings: ServiceSettings, database: Database, queues: Mapping[str, Queue]) -> ASGIApp:
    """The relay on the given database and queues; none holds up another, and each takes a connection of its own.

    Messages for a queue that is not given wait.
    """

    async def work(stopping: asyncio.Event) -> None:
        async with database:
            await until_migrated(database, "relay", REQUIRED_SCHEMA_REVISION, stopping)
            for name in sorted(TABLES.keys() - queues.keys()):
                _log.error("messages wait for a queue", extra={"fields": {"queue": name}})
            async with asyncio.TaskGroup() as relaying:
                for name, queue in queues.items():
                    relaying.create_task(Relay(database, Outbox(name), queue).run(stopping))

    return worker(settings, work)
