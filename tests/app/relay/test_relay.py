"""The relay on a real PostgreSQL and moto's SQS."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID, uuid4

import asyncpg
import pytest
from starlette.testclient import TestClient

from app.common.database import Database, DatabaseUnavailableError
from app.common.queue import Queue, QueueUnavailableError, Sent
from app.common.settings import SettingsError
from app.relay.outbox import TABLES
from app.relay.outbox import Outbox as Source
from app.relay.relay import AT_ONCE, Relay
from app.relay.service import create, create_with
from tests.app.cloud import REGION, Cloud
from tests.app.conftest import service_settings
from tests.app.postgresql import PostgreSQL

pytestmark = pytest.mark.sandbox


class Outbox:
    """What an outbox holds, and a queue of its own to relay it to."""

    def __init__(self, postgresql: PostgreSQL, cloud: Cloud, queue_name: str) -> None:
        self.source = Source(queue_name)
        self.table = TABLES[queue_name]
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
        rows = [(each, json.dumps({"id": str(each)})) for each in identifiers]
        await connection.executemany(f"INSERT INTO {self.table} (id, body) VALUES ($1, $2)", rows)  # noqa: S608
        await (transaction.commit() if commit else transaction.rollback())
        await connection.close()
        return identifiers

    async def left(self) -> int:
        rows = await self.postgresql.query("master", f"SELECT count(*) AS count FROM {self.table}")  # noqa: S608
        return int(rows[0]["count"])

    def published(self) -> list[UUID]:
        return [UUID(json.loads(body)["id"]) for body in self.cloud.bodies(self.url)]

    def relay(self, database: Database, queue: Queue | None = None) -> Relay:
        return Relay(database, self.source, queue or self.queue)

    def run(self, use: Callable[[Database], Awaitable[None]], *, pool_size: int = 1) -> None:
        async def within() -> None:
            async with Database(pool_size=pool_size, login=self.postgresql.login("relay")) as database:
                await use(database)

        asyncio.run(within())


@pytest.fixture(params=TABLES)
def outbox(request: pytest.FixtureRequest, migrated: PostgreSQL, cloud: Cloud) -> Outbox:
    """Of each queue in turn."""
    asyncio.run(migrated.query("master", f"TRUNCATE {TABLES[request.param]}"))
    return Outbox(migrated, cloud, request.param)


def test_every_committed_message_is_published_and_no_other(outbox: Outbox) -> None:
    async def use(database: Database) -> None:
        written = await outbox.write(2 * AT_ONCE + 5)
        await outbox.write(7, commit=False)
        relay = outbox.relay(database)
        assert [await relay.hand_on() for _ in range(4)] == [AT_ONCE, AT_ONCE, 5, 0]
        assert sorted(outbox.published()) == sorted(written)
        assert await outbox.left() == 0

    outbox.run(use)


def test_relays_side_by_side_publish_each_message_once(outbox: Outbox) -> None:
    async def use(database: Database) -> None:
        written = await outbox.write(4 * AT_ONCE)
        relays = [outbox.relay(database) for _ in range(4)]
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
            await outbox.relay(database, _Queue(outbox.url, unavailable)).hand_on()
        assert await outbox.left() == 30
        assert await outbox.relay(database).hand_on() == 30
        assert await outbox.left() == 0

    outbox.run(use)


def test_of_a_batch_only_what_the_queue_keeps_leaves_the_outbox(outbox: Outbox) -> None:
    async def answer_for_half(queue: Queue, bodies: Mapping[str, str]) -> Sent:
        return await queue.send(dict(list(bodies.items())[::2]))

    async def use(database: Database) -> None:
        written = await outbox.write(10)
        with pytest.raises(QueueUnavailableError):
            await outbox.relay(database, _Queue(outbox.url, answer_for_half)).hand_on()
        assert await outbox.left() == 5
        assert await outbox.relay(database).hand_on() == 5
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
        relay = outbox.relay(database, _Queue(outbox.url, refuse_one))
        assert await relay.hand_on() == 10
        assert await relay.hand_on() == 0
        assert len(outbox.published()) == 9
        look = f"SELECT id, refusals, due_at > now() + interval '5 s' AS later FROM {outbox.table}"  # noqa: S608
        (row,) = await outbox.postgresql.query("master", look)
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
            await outbox.relay(database, _Queue(outbox.url, lose_the_database)).hand_on()
        assert await outbox.left() == 5
        assert await outbox.relay(database).hand_on() == 5
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
        running = asyncio.create_task(outbox.relay(database, _Queue(outbox.url, fail_once)).run(stopping))
        written = await outbox.write(3)
        async with asyncio.timeout(20):
            while await outbox.left():  # noqa: ASYNC110 - another process's doing
                await asyncio.sleep(0.05)
            stopping.set()
            await running
        assert sorted(outbox.published()) == sorted(written)

    outbox.run(use)


def test_a_queue_that_is_away_holds_up_no_other(
    migrated: PostgreSQL, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.run(migrated.query("master", f"TRUNCATE {', '.join(TABLES.values())}"))
    notification, identity = (Outbox(migrated, cloud, name) for name in ("notification", "identity"))

    async def within() -> None:
        away = Queue(region=REGION, url=f"{cloud.url}/123456789012/no-such-queue")
        database = Database(pool_size=2, login=migrated.login("relay"))
        queues = {"notification": away, "identity": identity.queue}
        application = create_with(service_settings("relay"), database, queues)
        await notification.write(3)
        written = await identity.write(3)
        with TestClient(application):
            async with asyncio.timeout(20):
                while await identity.left():  # noqa: ASYNC110 - another thread's doing
                    await asyncio.sleep(0.05)
        assert sorted(identity.published()) == sorted(written)
        assert await notification.left() == 3

    asyncio.run(within())
    assert "the queue is unavailable" in caplog.text


def test_messages_for_a_queue_that_is_not_given_wait(
    migrated: PostgreSQL, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.run(migrated.query("master", f"TRUNCATE {', '.join(TABLES.values())}"))
    notification, identity = (Outbox(migrated, cloud, name) for name in ("notification", "identity"))

    async def within() -> None:
        database = Database(pool_size=2, login=migrated.login("relay"))
        application = create_with(service_settings("relay"), database, {"notification": notification.queue})
        await identity.write(1)
        await notification.write(1)
        with TestClient(application):
            async with asyncio.timeout(20):
                while await notification.left():  # noqa: ASYNC110 - another thread's doing
                    await asyncio.sleep(0.05)
        assert await identity.left() == 1

    asyncio.run(within())
    assert "messages wait for a queue" in caplog.text


@pytest.mark.unit
def test_a_relay_without_any_queue_says_so() -> None:
    with pytest.raises(SettingsError, match="PRAKERJA_QUEUE"):
        create(service_settings("relay"))
