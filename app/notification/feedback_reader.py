"""Takes what SES tells of its mail off the queue, and bars the addresses that it speaks of."""

from __future__ import annotations

import asyncio
import logging

from app.common.consumer import Consumer
from app.common.queue import Queue
from app.notification.barred import BarredAddresses
from app.notification.feedback import Feedback, read

_log = logging.getLogger(__name__)


class FeedbackReader:
    """One of any number of workers on the same queue. An event that comes twice is recorded once."""

    def __init__(self, queue: Queue, barred: BarredAddresses) -> None:
        self._barred = barred
        self._consumer = Consumer(queue, read=read, handle=self._record, at_once=1, forget_old=barred.forget_old)

    async def run(self, stopping: asyncio.Event) -> None:
        """Record until the process is to stop."""
        await self._consumer.run(stopping)

    async def _record(self, feedback: Feedback) -> None:
        if feedback.reason is None:
            return
        await self._barred.bar(feedback.addresses, feedback.reason)
        fields = {"message_id": feedback.id, "reason": feedback.reason, "addresses": len(feedback.addresses)}
        _log.info("not written to again", extra={"fields": fields})
