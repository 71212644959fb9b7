"""From a committed transaction to a mail, through hundreds of rounds of killed processes and lost answers."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from uuid import UUID

import asyncpg
import pytest

from app.common.database import Database
from app.notification.barred import BarredAddresses
from app.notification.notifier import Notifier
from app.registration.accounts import new_id
from app.registration.verification import Verification
from app.relay.outbox import Outbox
from app.relay.relay import Relay
from tests.app.cloud import Cloud
from tests.app.delivery.faults import Chance, CountingDeliveries, FaultyMailer, FaultyQueue, KilledError
from tests.app.notification.samples import SETTINGS
from tests.app.postgresql import PostgreSQL

pytestmark = pytest.mark.sandbox

ROUNDS = 300
ROUNDS_BETWEEN_LOOKS = 50
ROUND_SECONDS = 0.08
PROCESSES = 2  # of each worker, at the same time
SEED = int(os.environ.get("DELIVERY_SEED", "20260817"))


class Post:
    """Everything between a service's transaction and a mailbox, and what went into it."""

    def __init__(self, postgresql: PostgreSQL, cloud: Cloud) -> None:
        self.postgresql = postgresql
        self.cloud = cloud
        self.url, self.dead = cloud.new_queue(most_receives=1000)
        self.chooser = random.Random(SEED)
        self.committed: dict[UUID, str] = {}
        self.cut_short: Counter[UUID] = Counter()
        self.killed = 0
        self._writer: asyncpg.Connection[asyncpg.Record] | None = None

    async def write(self) -> None:
        """A transaction or two of a service, some of which are rolled back."""
        for _ in range(self.chooser.randint(0, 2)):
            await self._write(self.chooser.randint(1, 2), commit=self.chooser.random() < 0.6)

    async def _write(self, messages: int, *, commit: bool) -> None:
        if self._writer is None or self._writer.is_closed():
            self._writer = await asyncpg.connect(**self.postgresql.login("registration"))
        connection = self._writer
        transaction = connection.transaction()
        await transaction.start()
        written = {}
        for _ in range(messages):
            identifier = new_id()
            written[identifier] = f"{'c' if commit else 'r'}-{identifier}@contoh.id"
            message = Verification(message_id=identifier, to=written[identifier], name="Siti").message
            await connection.execute("INSERT INTO relay.outbox (id, body) VALUES ($1, $2)", identifier, message)
        if commit:
            await transaction.commit()
            self.committed |= written
        elif self.chooser.random() < 0.5:
            await transaction.rollback()
        else:
            connection.terminate()  # the writer is killed

    async def relay(self, database: Database, *, dies: float, fails: float, stopping: asyncio.Event) -> None:
        chance = Chance(self.chooser, dies=dies, fails=fails)
        queue = FaultyQueue(self.url, chance, self.chooser)
        await self._live(Relay(database, Outbox("notification"), queue).run(stopping))

    async def notify(self, database: Database, *, dies: float, fails: float, stopping: asyncio.Event) -> None:
        chance = Chance(self.chooser, dies=dies, fails=fails)
        notifier = Notifier(
            FaultyQueue(self.url, chance, self.chooser),
            CountingDeliveries(database, self.cut_short),
            BarredAddresses(database),
            FaultyMailer(chance),
            site_url=SETTINGS.site_url,
            at_once=2,
        )
        await self._live(notifier.run(stopping))

    async def _live(self, process) -> None:  # type: ignore[no-untyped-def]
        try:
            await process
        except (KilledError, BaseExceptionGroup, asyncio.CancelledError):
            self.killed += 1

    async def lose_connections(self) -> None:
        """As when the database's server is replaced by another."""
        await self.postgresql.query(
            "master",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('relay', 'notification')",
        )

    def look(self) -> None:
        """Compare what was committed with what was mailed."""
        mails = Counter(self.cloud.mailed())
        seed = f"DELIVERY_SEED={SEED}"
        assert set(mails) == set(self.committed.values()), seed
        for identifier, address in self.committed.items():
            assert mails[address] <= 1 + self.cut_short[identifier], seed
        assert self.cloud.depth(self.dead) == 0, seed

    async def is_through(self) -> bool:
        rows = await self.postgresql.query("master", "SELECT count(*) AS count FROM relay.outbox")
        return rows[0]["count"] == 0 and self.cloud.depth(self.url) == 0


async def _round(post: Post, relays: Database, notifiers: Database) -> None:
    """Some messages, and workers of which some die at a random point, some are cut off, some live on to the end."""
    stopping = asyncio.Event()
    workers = [
        asyncio.create_task(work(database, dies=0.03, fails=0.05, stopping=stopping))
        for work, database in ((post.relay, relays), (post.notify, notifiers))
        for _ in range(PROCESSES)
    ]
    await post.write()
    await asyncio.wait(workers, timeout=post.chooser.uniform(0, ROUND_SECONDS))
    if post.chooser.random() < 0.1:
        await post.lose_connections()
    for worker in workers:
        if post.chooser.random() < 0.5:
            worker.cancel()
    stopping.set()
    await asyncio.wait(workers)


async def _until_through(post: Post, relays: Database, notifiers: Database) -> None:
    stopping = asyncio.Event()
    workers = [
        asyncio.create_task(work(database, dies=0, fails=0, stopping=stopping))
        for work, database in ((post.relay, relays), (post.notify, notifiers))
    ]
    async with asyncio.timeout(30):
        while not await post.is_through():  # noqa: ASYNC110 - other tasks' doing
            await asyncio.sleep(0.05)
    stopping.set()
    await asyncio.wait(workers)


def test_every_committed_message_is_mailed_no_other_is_and_twice_only_where_it_was_cut_short(
    migrated: PostgreSQL, cloud: Cloud, hurried: None
) -> None:
    asyncio.run(migrated.query("master", "TRUNCATE relay.outbox, notification.delivered"))
    post = Post(migrated, cloud)

    async def rounds() -> None:
        async with (
            Database(pool_size=PROCESSES, login=migrated.login("relay")) as relays,
            Database(pool_size=2 * PROCESSES, login=migrated.login("notification")) as notifiers,
        ):
            for number in range(1, ROUNDS + 1):
                await _round(post, relays, notifiers)
                if number % ROUNDS_BETWEEN_LOOKS == 0:
                    await _until_through(post, relays, notifiers)
                    post.look()

    asyncio.run(rounds())
    assert len(post.committed) > ROUNDS / 2
    assert post.killed > ROUNDS
    rows = asyncio.run(migrated.query("master", "SELECT message_id FROM notification.delivered"))
    assert {row["message_id"] for row in rows} == set(post.committed)
