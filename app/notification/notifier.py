"""Turns messages of the queue into mails: each at least once, and twice only where a crash, or a lost answer, falls
between a mail's sending and the record of it. Nobody is written to whose mail came back for good, or who complained.
"""

from __future__ import annotations

import asyncio
import logging

from app.common.consumer import Consumer, MessageRefusedError, NotNowError
from app.common.queue import Queue
from app.notification.barred import BarredAddresses
from app.notification.deliveries import Deliveries
from app.notification.mail import verification_mail
from app.notification.mailer import Mailer, MailRejectedError, MailUnavailableError
from app.notification.message import EmailVerification, read

_log = logging.getLogger(__name__)


class Notifier:
    """One of any number of workers on the same queue."""

    def __init__(
        self,
        queue: Queue,
        deliveries: Deliveries,
        barred: BarredAddresses,
        mailer: Mailer,
        *,
        site_url: str,
        at_once: int,
    ) -> None:
        """at_once: mails on their way at the same time; each holds a database connection."""
        self._deliveries = deliveries
        self._barred = barred
        self._mailer = mailer
        self._site_url = site_url
        self._consumer = Consumer(
            queue, read=read, handle=self._deliver, at_once=at_once, forget_old=deliveries.forget_old
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until the process is to stop; mails on their way by then are finished, the rest is given back."""
        await self._consumer.run(stopping)

    async def _deliver(self, message: EmailVerification) -> None:
        if await self._barred.include(message.to):
            _log.info("an address is not written to", extra={"fields": {"message_id": str(message.id)}})
            return
        await self._mailer.turn()
        async with self._deliveries.first(message.id) as first:
            if not first:
                return
            try:
                await self._mailer.send(verification_mail(message, self._site_url))
            except MailRejectedError as error:
                raise MessageRefusedError(str(error)) from error
            except MailUnavailableError as error:
                raise NotNowError(str(error)) from error
