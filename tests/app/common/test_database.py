"""The pool against a PostgreSQL that is full, gone and back."""

from __future__ import annotations

import asyncio
import signal
import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.common import database as module
from app.common.database import Database, DatabaseUnavailableError, service_database
from tests.app.certificates import self_signed, tls_front
from tests.app.conftest import service_settings
from tests.app.postgresql import PostgreSQL, server


@pytest.mark.unit
def test_it_opens_without_a_server_and_says_so_at_the_first_statement() -> None:
    async def ask() -> None:
        async with Database(pool_size=1, login={"host": "/nonexistent", "user": "portal"}) as database:
            with pytest.raises(DatabaseUnavailableError):
                await database.fetch("SELECT 1")

    asyncio.run(ask())


@pytest.mark.sandbox
def test_a_full_pool_is_an_error_within_the_acquire_time(postgresql: PostgreSQL) -> None:
    async def overfill() -> float:
        async with Database(pool_size=1, login=postgresql.login("master")) as database:
            slow = asyncio.create_task(database.fetch("SELECT pg_sleep(1.9)"))
            queued = [asyncio.create_task(database.fetch("SELECT pg_sleep(1.9)")) for _ in range(3)]
            started = time.monotonic()
            results = await asyncio.gather(*queued, return_exceptions=True)
            await slow
            assert sum(isinstance(result, DatabaseUnavailableError) for result in results) >= 2
            return time.monotonic() - started

    assert asyncio.run(overfill()) < 2 * module.ACQUIRE_SECONDS + 1


@pytest.mark.sandbox
def test_a_slow_statement_ends_and_leaves_the_pool_usable(postgresql: PostgreSQL) -> None:
    async def ask() -> None:
        async with Database(pool_size=1, login=postgresql.login("master")) as database:
            with pytest.raises(DatabaseUnavailableError):
                await database.fetch("SELECT pg_sleep(30)")
            assert (await database.fetch("SELECT 1 AS one"))[0]["one"] == 1

    asyncio.run(ask())


@pytest.mark.sandbox
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["orderly", "crash"])
def test_it_is_back_by_itself_after_the_server_restarts(tmp_path: Path, how: signal.Signals) -> None:
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o711)
    with server(tmp_path) as own:

        async def ask() -> None:
            async with Database(pool_size=2, login=own.login("master", "postgres")) as database:
                await asyncio.gather(*(database.fetch("SELECT 1") for _ in range(4)))
                await asyncio.to_thread(own.stop, how)
                for _ in range(4):
                    with pytest.raises(DatabaseUnavailableError):
                        await database.fetch("SELECT 1")
                await asyncio.to_thread(own.start)
                assert (await database.fetch("SELECT 1 AS one"))[0]["one"] == 1

        asyncio.run(ask())


@pytest.mark.sandbox
def test_a_service_connects_by_verified_tls_only(
    migrated: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    certificate, key = self_signed(tmp_path / "ours")
    other_authority, _ = self_signed(tmp_path / "theirs")

    async def user(ca_bundle: Path) -> str:
        async with tls_front(migrated.unix_socket, certificate, key) as port:
            settings = service_settings("portal")
            address = replace(settings.database, host="127.0.0.1", port=port, ca_bundle=ca_bundle)
            async with service_database(replace(settings, database=address)) as database:
                rows = await database.fetch("SELECT current_user AS name")
                return str(rows[0]["name"])

    assert asyncio.run(user(certificate)) == "portal"
    with pytest.raises(DatabaseUnavailableError) as refused:
        asyncio.run(user(other_authority))
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
