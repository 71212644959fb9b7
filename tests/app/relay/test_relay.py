"""The relay on a real PostgreSQL and moto's SQS."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.common.database import Database, DatabaseUnavailableError
from app.common.queue import Queue, QueueUnavailableError, Sent
from app.relay.relay import AT_ONCE, Relay
from tests.app.cloud import REGION, Cloud
from tests.app.postgresql import PostgreSQL

pytestmark = pytest.mark.sandbox

_WRITE = "INSERT INTO relay.outbox (id, body) VALUES ($1, $2)"


class Outbox:
    """What the outbox holds, and a queue of its own to relay it to."""

    def __init__(self, postgresql: PostgreSQL, cloud: Cloud) -> None:
        self.postgresql = postgresql
        self.cloud = cloud
        self.url, _ = cloud.new_queue()
        self.queue = Queue(region=REGION, url=self.url)

    async def write(self, messages: int, *, commit: bool = True) -> list[UUID]:
        """As a service does: in a transaction."""
        connection = await asyncpg.connect(**self.postgresql.login("registration"))
        transaction = connection.transaction()
        await transaction.start()
        identifiers = [uuid4() for _ in range(messages)]
        await connection.executemany(_WRITE, [(each, json.dumps({"id": str(each)})) for each in identifiers])
        await (transaction.commit() if commit else transaction.rollback())
        await connection.close()
        return identifiers

    async def left(self) -> int:
        rows = await self.postgresql.query("master", "SELECT count(*) AS count FROM relay.outbox")
        return int(rows[0]["count"])

    def published(self) -> list[UUID]:
        return [UUID(json.loads(body)["id"]) for body in self.cloud.bodies(self.url)]

    def run(self, use: Callable[[Database], Awaitable[None]], *, pool_size: int = 1) -> None:
        async def within() -> None:
            async with Database(pool_size=pool_size, login=self.postgresql.login("relay")) as database:
                await use(database)

        asyncio.run(within())


@pytest.fixture
def outbox(migrated: PostgreSQL, cloud: Cloud) -> Outbox:
    asyncio.run(migrated.query("master", "TRUNCATE relay.outbox"))
    return Outbox(migrated, cloud)


def test_every_committed_message_is_published_and_no_other(outbox: Outbox) -> None:
    async def use(database: Database) -> None:
        written = await outbox.write(2 * AT_ONCE + 5)
        await outbox.write(7, commit=False)
        relay = Relay(database, outbox.queue)
        assert [await relay.hand_on() for _ in range(4)] == [AT_ONCE, AT_ONCE, 5, 0]
        assert sorted(outbox.published()) == sorted(written)
        assert await outbox.left() == 0

    outbox.run(use)


def test_relays_side_by_side_publish_each_message_once(outbox: Outbox) -> None:
    async def use(database: Database) -> None:
        written = await outbox.write(4 * AT_ONCE)
        relays = [Relay(database, outbox.queue) for _ in range(4)]
        assert sum(await asyncio.gather(*(relay.hand_on() for relay in relays))) == len(written)
        assert sorted(outbox.published()) == sorted(written)

    outbox.run(use, pool_size=4)


class _Queue(Queue):
    """The queue with an answer of ours in place of SQS's own."""

    def __init__(self, url: str, answer: Callable[[Queue, Mapping[str, str]], Awaitable[Sent]]) -> None:
        super().__init__(region=REGION, url=url)
        self._answer = answer

    async def send(self, bodies: Mapping[str, str]) -> Sent:
        return await self._answer(super(), bodies)  # type: ignore[arg-type]


def test_without_the_queue_everything_stays(outbox: Outbox) -> None:
    async def unavailable(_queue: Queue, _bodies: Mapping[str, str]) -> Sent:
        raise QueueUnavailableError("RequestThrottled")

    async def use(database: Database) -> None:
        await outbox.write(30)
        with pytest.raises(QueueUnavailableError):
            await Relay(database, _Queue(outbox.url, unavailable)).hand_on()
        assert await outbox.left() == 30
        assert await Relay(database, outbox.queue).hand_on() == 30
        assert await outbox.left() == 0

    outbox.run(use)


def test_of_a_batch_only_what_the_queue_keeps_leaves_the_outbox(outbox: Outbox) -> None:
    async def answer_for_half(queue: Queue, bodies: Mapping[str, str]) -> Sent:
        return await queue.send(dict(list(bodies.items())[::2]))

    async def use(database: Database) -> None:
        written = await outbox.write(10)
        with pytest.raises(QueueUnavailableError):
            await Relay(database, _Queue(outbox.url, answer_for_half)).hand_on()
        assert await outbox.left() == 5
        assert await Relay(database, outbox.queue).hand_on() == 5
        assert sorted(outbox.published()) == sorted(written)

    outbox.run(use)


def test_what_the_queue_refuses_stays_and_holds_up_nothing(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    refused: set[str] = set()

    async def refuse_one(queue: Queue, bodies: Mapping[str, str]) -> Sent:
        sent = await queue.send({key: body for key, body in bodies.items() if key not in refused})
        return Sent(kept=sent.kept, refused=[key for key in bodies if key in refused])

    async def use(database: Database) -> None:
        written = await outbox.write(10)
        refused.add(str(written[3]))
        relay = Relay(database, _Queue(outbox.url, refuse_one))
        assert await relay.hand_on() == 10
        assert await relay.hand_on() == 0
        assert len(outbox.published()) == 9
        (row,) = await outbox.postgresql.query(
            "master", "SELECT id, refusals, due_at > now() + interval '5 s' AS later FROM relay.outbox"
        )
        assert tuple(row) == (written[3], 1, True)

    outbox.run(use)
    assert "the queue refuses a message" in caplog.text


def test_a_lost_database_loses_nothing(outbox: Outbox) -> None:
    async def use(database: Database) -> None:
        async def lose_the_database(queue: Queue, bodies: Mapping[str, str]) -> Sent:
            sent = await queue.send(bodies)
            await outbox.postgresql.query(
                "master", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'relay'"
            )
            return sent

        written = await outbox.write(5)
        with pytest.raises(DatabaseUnavailableError):
            await Relay(database, _Queue(outbox.url, lose_the_database)).hand_on()
        assert await outbox.left() == 5
        assert await Relay(database, outbox.queue).hand_on() == 5
        assert sorted(outbox.published()) == sorted(written * 2)  # at least once

    outbox.run(use)


def test_it_goes_on_until_told_to_stop_and_through_an_outage(outbox: Outbox) -> None:
    failures = iter([QueueUnavailableError("RequestThrottled")])

    async def fail_once(queue: Queue, bodies: Mapping[str, str]) -> Sent:
        for failure in failures:
            raise failure
        return await queue.send(bodies)

    async def use(database: Database) -> None:
        stopping = asyncio.Event()
        running = asyncio.create_task(Relay(database, _Queue(outbox.url, fail_once)).run(stopping))
        written = await outbox.write(3)
        async with asyncio.timeout(20):
            while await outbox.left():  # noqa: ASYNC110 - another process's doing
                await asyncio.sleep(0.05)
            stopping.set()
            await running
        assert sorted(outbox.published()) == sorted(written)

    outbox.run(use)
