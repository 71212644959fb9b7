"""From one committed transaction to two queues, and from one of them to a recorded check, through killed processes and
lost answers.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.common.database import Database
from app.common.queue import Queue
from app.identity.checker import Checker
from app.identity.results import Results
from app.registration.accounts import new_id
from app.registration.identity_check import identity_check
from app.registration.validation import validate
from app.registration.verification import Verification
from app.relay.outbox import TABLES, Outbox
from app.relay.relay import Relay
from tests.app.cloud import Cloud
from tests.app.conftest import LoadedKeys
from tests.app.delivery.faults import Chance, FaultyPartner, FaultyQueue, KilledError
from tests.app.postgresql import PostgreSQL
from tests.app.registration.samples import applicant

pytestmark = pytest.mark.sandbox

ROUNDS = 120
ROUNDS_BETWEEN_LOOKS = 40
ROUND_SECONDS = 0.08
SEED = int(os.environ.get("DELIVERY_SEED", "20260817"))


class Office:
    """Everything between registrations and the records of their checks, and what went into it."""

    def __init__(self, postgresql: PostgreSQL, cloud: Cloud) -> None:
        self.postgresql = postgresql
        self.cloud = cloud
        self.urls, self.dead = {}, {}
        for name in TABLES:
            self.urls[name], self.dead[name] = cloud.new_queue(most_receives=1000)
        self.keys = LoadedKeys()
        self.chooser = random.Random(SEED)
        self.committed: dict[UUID, str] = {}
        self.asked: Counter[str] = Counter()
        self.killed = 0
        self._people = 0

    async def register(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Write an account's two messages in one transaction, which may be rolled back."""
        assert self.keys.keys is not None
        self._people += 1
        person, account_id = validate(applicant(self._people)), new_id()
        verification = Verification(message_id=new_id(), to=person.email, name=person.name)
        transaction = connection.transaction()
        await transaction.start()
        for table, identifier, body in (
            ("relay.outbox", verification.message_id, verification.message),
            ("relay.identity_outbox", account_id, identity_check(self.keys.keys, person, account_id)),
        ):
            await connection.execute(f"INSERT INTO {table} (id, body) VALUES ($1, $2)", identifier, body)  # noqa: S608
        if self.chooser.random() < 0.6:
            await transaction.commit()
            self.committed[account_id] = person.nik
        else:
            await transaction.rollback()

    def workers(
        self, relays: Database, checkers: Database, stopping: asyncio.Event, *, dies: float, fails: float
    ) -> list[asyncio.Task[None]]:
        """Two relays for each queue and two checkers."""
        runs: list[Coroutine[Any, Any, None]] = []
        for _ in range(2):
            runs += [Relay(relays, Outbox(name), self._queue(name, dies, fails)).run(stopping) for name in TABLES]
            partner = FaultyPartner(Chance(self.chooser, dies=dies, fails=fails), self.asked)
            checker = Checker(self._queue("identity", dies, fails), Results(checkers), self.keys, partner, at_once=2)
            runs.append(checker.run(stopping))
        return [asyncio.create_task(self._live(run)) for run in runs]

    def _queue(self, name: str, dies: float, fails: float) -> Queue:
        return FaultyQueue(self.urls[name], Chance(self.chooser, dies=dies, fails=fails), self.chooser)

    async def _live(self, process: Coroutine[Any, Any, None]) -> None:
        try:
            await process
        except (KilledError, BaseExceptionGroup, asyncio.CancelledError):
            self.killed += 1

    async def lose_connections(self) -> None:
        await self.postgresql.query(
            "master", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('relay', 'identity')"
        )

    async def is_through(self) -> bool:
        left = "SELECT (SELECT count(*) FROM relay.outbox) + (SELECT count(*) FROM relay.identity_outbox) AS count"
        rows = await self.postgresql.query("master", left)
        return rows[0]["count"] == 0 and self.cloud.depth(self.urls["identity"]) == 0

    async def look(self) -> None:
        """Compare what was committed with what was checked, and with what came to which queue."""
        seed = f"DELIVERY_SEED={SEED}"
        rows = await self.postgresql.query("master", "SELECT account_id FROM identity.checked")
        assert {row["account_id"] for row in rows} == set(self.committed), seed
        assert set(self.asked) == set(self.committed.values()), seed
        bodies = [json.loads(body) for body in self.cloud.bodies(self.urls["notification"])]
        assert {body["kind"] for body in bodies} == {"email_verification"}, seed
        assert len({body["id"] for body in bodies}) == len(self.committed), seed
        assert not any(self.cloud.depth(dead) for dead in self.dead.values()), seed


async def _round(office: Office, relays: Database, checkers: Database, writer: Any) -> None:
    stopping = asyncio.Event()
    workers = office.workers(relays, checkers, stopping, dies=0.03, fails=0.05)
    for _ in range(office.chooser.randint(0, 3)):
        await office.register(writer)
    await asyncio.wait(workers, timeout=office.chooser.uniform(0, ROUND_SECONDS))
    if office.chooser.random() < 0.1:
        await office.lose_connections()
    for worker in workers:
        if office.chooser.random() < 0.5:
            worker.cancel()
    stopping.set()
    await asyncio.wait(workers)


async def _until_through(office: Office, relays: Database, checkers: Database) -> None:
    stopping = asyncio.Event()
    workers = office.workers(relays, checkers, stopping, dies=0, fails=0)
    async with asyncio.timeout(30):
        while not await office.is_through():  # noqa: ASYNC110 - other tasks' doing
            await asyncio.sleep(0.05)
    stopping.set()
    await asyncio.wait(workers)


def test_every_committed_account_is_checked_no_other_is_and_no_message_comes_to_the_other_queue(
    migrated: PostgreSQL, cloud: Cloud, hurried: None
) -> None:
    asyncio.run(migrated.query("master", "TRUNCATE relay.outbox, relay.identity_outbox, identity.checked"))
    office = Office(migrated, cloud)

    async def rounds() -> None:
        writer = await migrated.connect("registration")
        async with (
            Database(pool_size=4, login=migrated.login("relay")) as relays,
            Database(pool_size=4, login=migrated.login("identity")) as checkers,
        ):
            for number in range(1, ROUNDS + 1):
                await _round(office, relays, checkers, writer)
                if number % ROUNDS_BETWEEN_LOOKS == 0:
                    await _until_through(office, relays, checkers)
                    await office.look()
        await writer.close()

    asyncio.run(rounds())
    assert len(office.committed) > ROUNDS / 2
    assert office.killed > ROUNDS
