"""Hands on messages from an outbox to its queue: each at least once, and only those of committed transactions.

A message leaves the outbox in the transaction that took it, once the queue has said that it keeps it. Whatever ends
a relay in between, the database then gives its messages to the next one, and some are published twice.

The outbox is polled. A NOTIFY in the writers' transactions would make their commits wait for one another: PostgreSQL
orders notifications by a lock on the whole database, held until the commit is on disk. On two cores it brought 3,900
registrations a second down to 600 to 1,150, below the peak of 1,333 that there has been.
"""

from __future__ import annotations

import asyncio
import logging

from app.common.backoff import Backoff, wait_unless
from app.common.database import Database, DatabaseUnavailableError
from app.common.queue import Queue, QueueUnavailableError, Sent, batches
from app.relay.outbox import Message, Outbox

AT_ONCE = 100  # messages in one transaction: ten requests to the queue, side by side
POLL_SECONDS = 0.25

_log = logging.getLogger(__name__)


class Relay:
    """One of any number of relays of the same outbox."""

    def __init__(self, database: Database, outbox: Outbox, queue: Queue) -> None:
        self._database = database
        self._outbox = outbox
        self._queue = queue

    async def run(self, stopping: asyncio.Event) -> None:
        """Hand on messages until the process is to stop; what has been taken by then is finished."""
        backoff = Backoff(first=0.5, longest=30)
        while not stopping.is_set():
            try:
                taken = await self.hand_on()
            except (DatabaseUnavailableError, QueueUnavailableError):  # logged already
                await wait_unless(stopping, backoff.pause())
                continue
            backoff.reset()
            if taken < AT_ONCE:
                await wait_unless(stopping, POLL_SECONDS)

    async def hand_on(self) -> int:
        """Hand on messages that are due, at most a hundred; how many there were.

        Raises DatabaseUnavailableError, and QueueUnavailableError where the queue did not answer for all of them.
        """
        async with self._database.transaction() as connection:
            taken = await self._outbox.take(connection, AT_ONCE)
            if not taken:
                return 0
            kept, refused = await self._publish(taken)
            await self._outbox.remove(connection, kept)
            if refused:
                await self._outbox.postpone(connection, refused)
        fields = {"queue": self._outbox.queue_name, "messages": len(kept), "of": len(taken)}
        _log.info("published", extra={"fields": fields})
        if len(kept) + len(refused) < len(taken):
            raise QueueUnavailableError
        return len(taken)

    async def _publish(self, messages: list[Message]) -> tuple[list[Message], list[Message]]:
        """Those that the queue keeps, and those that it refuses for what they are; it may answer for neither."""
        kept, refused = [], []
        for batch, sent in await asyncio.gather(*(self._send(batch) for batch in batches(messages))):
            kept += [message for message in batch if str(message.id) in sent.kept]
            refused += [message for message in batch if str(message.id) in sent.refused]
        for message in refused:
            fields = {"queue": self._outbox.queue_name, "message_id": str(message.id)}
            _log.error("the queue refuses a message", extra={"fields": fields})
        return kept, refused

    async def _send(self, batch: list[Message]) -> tuple[list[Message], Sent]:
        try:
            return batch, await self._queue.send({str(message.id): message.body for message in batch})
        except QueueUnavailableError as error:
            fields = {"queue": self._outbox.queue_name, "reason": str(error)}
            _log.warning("the queue is unavailable", extra={"fields": fields})
            return batch, Sent()
