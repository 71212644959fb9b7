"""The outboxes: messages that services wrote in the transaction of what they tell of; one for each queue."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.common.database import Connection

# By the queue that its messages are for. Relays of the release before know the first one only.
TABLES = {"notification": "relay.outbox", "identity": "relay.identity_outbox"}

# Rows in another relay's hands are passed over. Those that were refused before come after fresh ones that are due.
_TAKE = "SELECT id, body FROM {table} WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED"
_REMOVE = "DELETE FROM {table} WHERE id = ANY($1::uuid[])"
# From 10 seconds, doubling, to about three hours.
_POSTPONE = """
UPDATE {table}
SET refusals = refusals + 1, due_at = now() + interval '10 seconds' * 2 ^ least(refusals, 10)
WHERE id = ANY($1::uuid[])
"""


@dataclass(frozen=True)
class Message:
    """One message as it is to be published."""

    id: UUID
    body: str


class Outbox:
    """The messages for one queue."""

    def __init__(self, queue_name: str) -> None:
        table = TABLES[queue_name]
        self.queue_name = queue_name
        self._take, self._remove, self._postpone = (each.format(table=table) for each in (_TAKE, _REMOVE, _POSTPONE))

    async def take(self, connection: Connection, most: int) -> list[Message]:
        """Messages that are due, locked until the transaction ends."""
        return [Message(row["id"], row["body"]) for row in await connection.fetch(self._take, most)]

    async def remove(self, connection: Connection, messages: list[Message]) -> None:
        """Take out what has been published."""
        await connection.execute(self._remove, [message.id for message in messages])

    async def postpone(self, connection: Connection, messages: list[Message]) -> None:
        """Put off what was refused, so that it holds up nothing else; each time for longer."""
        await connection.execute(self._postpone, [message.id for message in messages])
