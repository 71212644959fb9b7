"""The outbox: messages that services wrote in the transaction of what they tell of."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.common.database import Connection

# Rows in another relay's hands are passed over. Those that were refused before come after fresh ones that are due.
_TAKE = """
SELECT id, body FROM relay.outbox WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
"""
_REMOVE = "DELETE FROM relay.outbox WHERE id = ANY($1::uuid[])"
# From 10 seconds, doubling, to about three hours.
_POSTPONE = """
UPDATE relay.outbox
SET refusals = refusals + 1, due_at = now() + interval '10 seconds' * 2 ^ least(refusals, 10)
WHERE id = ANY($1::uuid[])
"""


@dataclass(frozen=True)
class Message:
    """One message as it is to be published."""

    id: UUID
    body: str


async def take(connection: Connection, most: int) -> list[Message]:
    """Messages that are due, locked until the transaction ends."""
    return [Message(row["id"], row["body"]) for row in await connection.fetch(_TAKE, most)]


async def remove(connection: Connection, messages: list[Message]) -> None:
    """Take out what has been published."""
    await connection.execute(_REMOVE, [message.id for message in messages])


async def postpone(connection: Connection, messages: list[Message]) -> None:
    """Put off what was refused, so that it holds up nothing else; each time for longer."""
    await connection.execute(_POSTPONE, [message.id for message in messages])
