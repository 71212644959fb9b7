"""The notification service: a worker between the queue and mail."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp

from app.common.aws import Secret
from app.common.database import Database, service_database
from app.common.queue import Queue
from app.common.settings import MailSettings, SendGridSettings, ServiceSettings, SettingsError
from app.common.worker import until_migrated, worker
from app.notification.barred import BarredAddresses
from app.notification.deliveries import Deliveries
from app.notification.feedback_reader import FeedbackReader
from app.notification.mailer import Mailer
from app.notification.notifier import Notifier
from app.notification.sendgrid_mailer import SendGridMailer
from app.notification.ses_mailer import SesMailer

REQUIRED_SCHEMA_REVISION = "0005"


def create(settings: ServiceSettings) -> ASGIApp:
    """The service as the settings describe it. Raises SettingsError without its queues, or without mail."""
    messages, feedback = (
        Queue(region=settings.region, url=settings.queue_url(name)) for name in ("notification", "mailfeedback")
    )
    return create_with(settings, service_database(settings), messages, feedback)


def create_with(settings: ServiceSettings, database: Database, messages: Queue, feedback: Queue) -> ASGIApp:
    """The service on the given database and queues. Raises SettingsError without mail."""
    if settings.mail is None:
        raise SettingsError("PRAKERJA_MAIL_SENDER is not set")
    barred = BarredAddresses(database)
    notifier = Notifier(
        messages,
        Deliveries(database),
        barred,
        mailer(settings.mail, settings.region),
        site_url=settings.mail.site_url,
        at_once=max(1, settings.database_pool_size - 1),  # one connection is left for what comes back
    )
    reader = FeedbackReader(feedback, barred)

    async def work(stopping: asyncio.Event) -> None:
        async with database:
            await until_migrated(database, "notification", REQUIRED_SCHEMA_REVISION, stopping)
            async with asyncio.TaskGroup() as both:
                both.create_task(notifier.run(stopping))
                both.create_task(reader.run(stopping))

    return worker(settings, work)


def mailer(settings: MailSettings, region: str) -> Mailer:
    """Whoever the settings say that mail is sent by."""
    if isinstance(settings.way, SendGridSettings):
        return SendGridMailer(
            sender=settings.sender,
            per_second=settings.per_second,
            api_key=Secret(region=region, arn=settings.way.api_key_secret),
        )
    return SesMailer(
        sender=settings.sender,
        configuration_set=settings.way.configuration_set,
        per_second=settings.per_second,
        region=region,
    )
