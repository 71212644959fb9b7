"""Turns messages of the queue into mails: each at least once, and twice only where a crash, or a lost answer, falls
between a mail's sending and the record of it.

A message in hand is hidden from other workers for as long as it takes, so that mail that SES does not take now, or a
database that is away, doesn't count against it. What can't be read, or is refused for what it is, is left to the queue:
it comes back a few times and then ends in the dead-letter queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from app.common.backoff import Backoff, wait_unless
from app.common.database import DatabaseUnavailableError
from app.common.queue import Queue, QueueUnavailableError, Received
from app.notification.deliveries import Deliveries
from app.notification.mail import verification_mail
from app.notification.mailer import Mailer, MailRejectedError, MailUnavailableError
from app.notification.message import EmailVerification, UnreadableMessageError, read

HIDDEN_SECONDS = 30  # after a crash, so long until another worker gets what was in hand
_RENEWALS = 3  # within that time
_FORGET_SECONDS = 3600.0

_log = logging.getLogger(__name__)


class Notifier:
    """One of any number of workers on the same queue."""

    def __init__(self, queue: Queue, deliveries: Deliveries, mailer: Mailer, *, site_url: str, at_once: int) -> None:
        """at_once: mails on their way at the same time; each holds a database connection."""
        self._queue = queue
        self._deliveries = deliveries
        self._mailer = mailer
        self._site_url = site_url
        self._free = asyncio.Semaphore(at_once)
        self._in_hand: set[Received] = set()
        self._forget_at = 0.0

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until the process is to stop; mails on their way by then are finished, the rest is given back."""
        backoff = Backoff(first=0.5, longest=30)
        while not stopping.is_set():
            try:
                received = await self._queue.receive(hidden_seconds=HIDDEN_SECONDS)
            except QueueUnavailableError as error:
                _log.warning("the queue is unavailable", extra={"fields": {"reason": str(error)}})
                await wait_unless(stopping, backoff.pause())
                continue
            backoff.reset()
            if received:
                async with self._holding(received), asyncio.TaskGroup() as handling:
                    for message in received:
                        handling.create_task(self._handle(message, stopping))
            await self._forget_old()

    @asynccontextmanager
    async def _holding(self, received: list[Received]) -> AsyncIterator[None]:
        """Keep messages hidden while they are in hand; give back what is still in hand at the end."""
        self._in_hand = set(received)
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await self._hide(seconds=0)
            self._in_hand.clear()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(HIDDEN_SECONDS / _RENEWALS)
            await self._hide(seconds=HIDDEN_SECONDS)

    async def _hide(self, *, seconds: int) -> None:
        try:
            await self._queue.hide(list(self._in_hand), seconds=seconds)
        except QueueUnavailableError as error:
            _log.warning("messages may come twice", extra={"fields": {"reason": str(error)}})

    async def _handle(self, received: Received, stopping: asyncio.Event) -> None:
        """Deliver one message and take it off the queue, however long that takes, unless the process is to stop."""
        try:
            message = read(received.body)
        except UnreadableMessageError:
            _log.error("a message can't be read")
            self._in_hand.discard(received)
            return
        fields = {"message_id": str(message.id)}
        backoff = Backoff(first=1, longest=60)
        while not stopping.is_set():
            try:
                async with self._free:
                    if stopping.is_set():
                        return
                    await self._deliver(message)
            except MailRejectedError as error:
                _log.error("a mail was rejected", extra={"fields": fields | {"reason": str(error)}})
                self._in_hand.discard(received)
                return
            except (MailUnavailableError, DatabaseUnavailableError) as error:
                why = str(error) or type(error).__name__
                _log.warning("a mail has to wait", extra={"fields": fields | {"reason": why}})
                await wait_unless(stopping, backoff.pause())
                continue
            self._in_hand.discard(received)
            await self._delete(received, fields)
            return

    async def _deliver(self, message: EmailVerification) -> None:
        await self._mailer.turn()
        async with self._deliveries.first(message.id) as first:
            if first:
                await self._mailer.send(verification_mail(message, self._site_url))

    async def _delete(self, received: Received, fields: dict[str, str]) -> None:
        try:
            await self._queue.delete(received)
        except QueueUnavailableError as error:  # it comes once more, and is known then
            _log.warning("a delivered message stays", extra={"fields": fields | {"reason": str(error)}})
        else:
            _log.info("delivered", extra={"fields": fields})

    async def _forget_old(self) -> None:
        if monotonic() < self._forget_at:
            return
        try:
            await self._deliveries.forget_old()
        except DatabaseUnavailableError:  # logged already
            return
        self._forget_at = monotonic() + _FORGET_SECONDS
