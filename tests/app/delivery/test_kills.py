"""The same with real processes, which are killed with signal 9."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.registration.accounts import new_id
from app.registration.verification import Verification
from tests.app.certificates import self_signed, tls_front
from tests.app.cloud import Cloud
from tests.app.postgresql import PostgreSQL
from tests.app.test_run import REPOSITORY, service_environment

pytestmark = pytest.mark.sandbox

KILLS = 24
SERVICES = ("relay", "relay", "notification", "notification")


class Fleet:
    """Workers that are replaced when they are killed."""

    def __init__(self, parent: subprocess.Popen[str], variables: dict[str, str]) -> None:
        self._parent = parent
        self._variables = variables
        self.running: list[tuple[str, int, int]] = []  # service, process id, port

    def start(self, service: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        variables = self._variables | {
            "PRAKERJA_SERVICE": service,
            "PRAKERJA_DATABASE_USER": service,
            "PRAKERJA_DATABASE_POOL_SIZE": "2",
            "PRAKERJA_LISTEN_PORT": str(port),
        }
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(variables) + "\n")
        self._parent.stdin.flush()
        self.running.append((service, int(self._parent.stdout.readline()), port))

    def kill(self, which: tuple[str, int, int]) -> None:
        os.kill(which[1], signal.SIGKILL)
        self.running.remove(which)

    def stop(self) -> None:
        for _, process, _ in self.running:
            os.kill(process, signal.SIGTERM)


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.app.delivery.warm_parent"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()


def test_killed_workers_lose_nothing_and_deliver_nothing_that_was_rolled_back(
    migrated: PostgreSQL, cloud: Cloud, parent: subprocess.Popen[str], tmp_path: Path
) -> None:
    asyncio.run(migrated.query("master", "TRUNCATE relay.outbox, notification.delivered"))
    url, dead = cloud.new_queue(most_receives=1000)
    certificate, key = self_signed(tmp_path / "tls")
    chooser = random.Random(17)
    committed: dict[UUID, str] = {}

    async def write() -> None:
        for kind, end in (("c", "COMMIT"), ("r", "ROLLBACK")):
            written = {(identifier := new_id()): f"{kind}-{identifier}@contoh.id" for _ in range(3)}
            values = ", ".join(
                f"('{each}', '{Verification(message_id=each, to=address, name='Siti').message}')"
                for each, address in written.items()
            )
            statement = f"INSERT INTO relay.outbox (id, body) VALUES {values}"  # noqa: S608 - our own values
            await _execute(migrated, f"BEGIN; {statement}; {end}")
            if kind == "c":
                committed.update(written)

    async def live(fleet: Fleet) -> None:
        for service in SERVICES:
            fleet.start(service)
        for _ in range(KILLS):
            await write()
            await asyncio.sleep(chooser.uniform(0.05, 0.4))
            victim = chooser.choice(fleet.running)
            fleet.kill(victim)
            fleet.start(victim[0])
        async with asyncio.timeout(60):
            while await _outbox(migrated) or cloud.depth(url):  # noqa: ASYNC110 - other processes' doing
                await asyncio.sleep(0.1)
        for _, _, port in fleet.running:
            assert await asyncio.to_thread(_status, port) == 200

    async def within_tls() -> None:
        async with tls_front(migrated.unix_socket, certificate, key) as port:
            fleet = Fleet(
                parent,
                service_environment(tmp_path, "relay", 1)
                | {
                    "PRAKERJA_DATABASE_PORT": str(port),
                    "PRAKERJA_QUEUE_NOTIFICATION_URL": url,
                    "AWS_ENDPOINT_URL": cloud.url,
                    "PRAKERJA_DATABASE_CA_BUNDLE": str(certificate),
                },
            )
            try:
                await live(fleet)
            finally:
                fleet.stop()

    asyncio.run(within_tls())
    mails = Counter(cloud.mailed())
    assert set(mails) == set(committed.values())
    assert mails.total() <= len(committed) + 2 * KILLS, "at most what a killed worker had on its way"
    assert cloud.depth(dead) == 0


async def _execute(postgresql: PostgreSQL, script: str) -> None:
    connection = await postgresql.connect("registration")
    await connection.execute(script)
    await connection.close()


async def _outbox(postgresql: PostgreSQL) -> int:
    rows = await postgresql.query("master", "SELECT count(*) AS count FROM relay.outbox")
    return int(rows[0]["count"])


def _status(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return int(answer.status)
