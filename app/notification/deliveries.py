"""Which messages have been delivered, for longer than the queue can bring one again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app.common.database import Database

_RECORD = """
INSERT INTO notification.delivered (message_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING message_id
"""
# SQS keeps a message for 14 days at most, and as long again once an operator sends it back from the dead-letter queue.
_FORGET = """
DELETE FROM notification.delivered
WHERE message_id IN (SELECT message_id FROM notification.delivered WHERE delivered_at < now() - interval '30 days'
                     LIMIT 10000)
"""


class Deliveries:
    """The record of what has been delivered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def first(self, message_id: UUID) -> AsyncIterator[bool]:
        """Whether the block is to deliver this message: nobody has yet, and nobody else does while it lasts.

        It counts as delivered if the block ends without an error. Raises DatabaseUnavailableError, also where another
        process has been delivering it for more than the time that a statement may take.
        """
        async with self._database.transaction() as connection:
            # A row that another transaction is inserting makes this wait for its end.
            yield await connection.fetchval(_RECORD, message_id) is not None

    async def forget_old(self) -> None:
        """Drop what is older than 30 days, at most 10,000 at once. Raises DatabaseUnavailableError."""
        await self._database.fetch(_FORGET)
