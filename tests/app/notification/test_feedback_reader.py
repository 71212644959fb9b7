"""From an event in the queue to an address that is not written to, on a real PostgreSQL and moto's SQS."""

from __future__ import annotations

import asyncio

import pytest

from app.common import consumer, queue
from app.common.database import Database
from app.common.queue import Queue
from app.notification.barred import BarredAddresses
from app.notification.feedback_reader import FeedbackReader
from tests.app.cloud import REGION, Cloud
from tests.app.notification.test_feedback import bounce, complaint
from tests.app.postgresql import PostgreSQL

pytestmark = pytest.mark.sandbox


@pytest.fixture(autouse=True)
def _fresh(migrated: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(migrated.query("master", "TRUNCATE notification.barred"))
    monkeypatch.setattr(queue, "WAIT_SECONDS", 1)
    monkeypatch.setattr(consumer, "HIDDEN_SECONDS", 1)


@pytest.fixture
def queues(cloud: Cloud) -> tuple[str, str]:
    return cloud.new_queue()


def _read_all(postgresql: PostgreSQL, cloud: Cloud, url: str, *bodies: str) -> None:
    async def within() -> None:
        stopping = asyncio.Event()
        async with Database(pool_size=1, login=postgresql.login("notification")) as database:
            reader = FeedbackReader(Queue(region=REGION, url=url), BarredAddresses(database))
            running = asyncio.create_task(reader.run(stopping))
            async with asyncio.timeout(20):
                while cloud.depth(url):  # noqa: ASYNC110 - another thread's doing
                    await asyncio.sleep(0.02)
            stopping.set()
            await running

    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    asyncio.run(within())


def _barred(postgresql: PostgreSQL, *addresses: str) -> list[bool]:
    async def ask() -> list[bool]:
        async with Database(pool_size=1, login=postgresql.login("notification")) as database:
            return [await BarredAddresses(database).include(address) for address in addresses]

    return asyncio.run(ask())


def _reasons(postgresql: PostgreSQL) -> list[str]:
    rows = asyncio.run(postgresql.query("master", "SELECT reason FROM notification.barred ORDER BY recorded_at"))
    return [row["reason"] for row in rows]


def test_who_bounced_or_complained_is_barred_and_nobody_else(
    migrated: PostgreSQL, cloud: Cloud, queues: tuple[str, str]
) -> None:
    url, dead = queues
    events = [bounce("Permanent", "Ani@Contoh.id"), complaint(), bounce("Transient", "budi@contoh.id")]
    _read_all(migrated, cloud, url, *events, *events)
    assert _barred(migrated, "ani@contoh.id", "siti@contoh.id", "budi@contoh.id") == [True, True, False]
    assert sorted(_reasons(migrated)) == ["bounced", "complained"]
    assert cloud.depth(dead) == 0


def test_a_complaint_outweighs_a_bounce_whichever_comes_first(
    migrated: PostgreSQL, cloud: Cloud, queues: tuple[str, str]
) -> None:
    for events in ([bounce(), complaint()], [complaint(), bounce()]):
        for event in events:
            _read_all(migrated, cloud, queues[0], event)
        assert _reasons(migrated) == ["complained"]


def test_no_address_can_be_read_in_the_record(migrated: PostgreSQL, cloud: Cloud, queues: tuple[str, str]) -> None:
    _read_all(migrated, cloud, queues[0], bounce())
    (row,) = asyncio.run(migrated.query("master", "SELECT * FROM notification.barred"))
    assert "siti" not in repr(dict(row))


def test_a_bounce_is_forgotten_after_a_year_and_a_complaint_never(migrated: PostgreSQL) -> None:
    insert = "INSERT INTO notification.barred VALUES (sha256($1::text::bytea), $2, now() - $3 * interval '1 day')"
    for address, reason, days in (("a", "bounced", 364), ("b", "bounced", 366), ("c", "complained", 3660)):
        asyncio.run(migrated.query("master", insert, address, reason, days))

    async def forget() -> None:
        async with Database(pool_size=1, login=migrated.login("notification")) as database:
            await BarredAddresses(database).forget_old()

    asyncio.run(forget())
    assert _barred(migrated, "a", "b", "c") == [True, False, True]
