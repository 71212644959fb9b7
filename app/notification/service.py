"""The notification service: a worker between the queue and mail."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp

from app.common.database import Database, service_database
from app.common.queue import Queue
from app.common.settings import ServiceSettings, SettingsError
from app.common.worker import until_migrated, worker
from app.notification.deliveries import Deliveries
from app.notification.mailer import Mailer
from app.notification.notifier import Notifier

REQUIRED_SCHEMA_REVISION = "0004"


def create(settings: ServiceSettings) -> ASGIApp:
    """The service as the settings describe it. Raises SettingsError without its queue, or without mail."""
    queue = Queue(region=settings.region, url=settings.queue_url("notification"))
    return create_with(settings, service_database(settings), queue)


def create_with(settings: ServiceSettings, database: Database, queue: Queue) -> ASGIApp:
    """The service on the given database and queue. Raises SettingsError without mail."""
    if settings.mail is None:
        raise SettingsError("PRAKERJA_MAIL_SENDER is not set")
    notifier = Notifier(
        queue,
        Deliveries(database),
        Mailer(settings.mail, settings.region),
        site_url=settings.mail.site_url,
        at_once=settings.database_pool_size,
    )

    async def work(stopping: asyncio.Event) -> None:
        async with database:
            await until_migrated(database, "notification", REQUIRED_SCHEMA_REVISION, stopping)
            await notifier.run(stopping)

    return worker(settings, work)
