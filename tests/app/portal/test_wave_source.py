"""The waves through the cache, and without it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.common.cache import Cache
from app.common.database import Database, DatabaseUnavailableError
from app.portal import wave_source as module
from app.portal.wave_source import KEY, WaveSource
from app.portal.waves import WaveBoard
from tests.app import valkey
from tests.app.common.test_cache import plain_cache
from tests.app.postgresql import PostgreSQL
from tests.app.valkey import ValkeyServer

pytestmark = pytest.mark.sandbox

AWAY = {"host": "/nonexistent", "user": "portal"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with valkey.server(tmp_path) as running:
        yield running


async def _until_connected(cache: Cache) -> None:
    async with asyncio.timeout(10):
        while cache._valkey is None:  # noqa: ASYNC110 - its own task's doing
            await asyncio.sleep(0.01)


def test_what_one_portal_has_read_others_need_not_ask_the_database_for(
    migrated: PostgreSQL, server: ValkeyServer
) -> None:
    async def ask() -> None:
        cache = plain_cache(server.port)
        async with cache, Database(pool_size=1, login=migrated.login("portal")) as database:
            await _until_connected(cache)
            known = await WaveSource(database, cache).waves()
            assert [wave.number for wave in known] == [1]
            async with Database(pool_size=1, login=AWAY) as away:
                assert await WaveSource(away, cache).waves() == known

    asyncio.run(ask())


def test_the_database_is_the_truth_within_seconds(
    migrated: PostgreSQL, server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARED_SECONDS", 0.05)

    async def ask() -> None:
        cache = plain_cache(server.port)
        async with cache, Database(pool_size=1, login=migrated.login("portal")) as database:
            await _until_connected(cache)
            source = WaveSource(database, cache)
            (before,) = await source.waves()
            await migrated.query("master", "UPDATE portal.wave SET quota = 7")
            try:
                assert await source.waves() == (before,)
                await asyncio.sleep(0.1)
                assert [wave.quota for wave in await source.waves()] == [7]
            finally:
                await migrated.query("master", "UPDATE portal.wave SET quota = NULL")

    asyncio.run(ask())


@pytest.mark.parametrize("planted", [b"", b"[]x", b'{"number": 1}', b'[{"number": 1}]'])
def test_what_is_not_ours_in_the_cache_is_as_good_as_nothing(
    migrated: PostgreSQL, server: ValkeyServer, planted: bytes
) -> None:
    async def ask() -> None:
        cache = plain_cache(server.port)
        async with cache, Database(pool_size=1, login=migrated.login("portal")) as database:
            await _until_connected(cache)
            await cache.put(KEY, planted, seconds=60)
            assert [wave.number for wave in await WaveSource(database, cache).waves()] == [1]
            assert await cache.get(KEY) != planted

    asyncio.run(ask())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hanging"])
def test_a_lost_cache_costs_a_visitor_milliseconds_and_no_error(
    migrated: PostgreSQL, server: ValkeyServer, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.portal.waves.FRESH_SECONDS", 0.0)

    async def ask() -> None:
        cache = plain_cache(server.port)
        async with cache, Database(pool_size=1, login=migrated.login("portal")) as database:
            await _until_connected(cache)
            board = WaveBoard(WaveSource(database, cache))
            known = await board.status()
            server.signal(how)
            started = time.monotonic()
            for _ in range(50):
                assert await board.status() == known
            assert time.monotonic() - started < 1

    asyncio.run(ask())
    server.signal(signal.SIGCONT)


def test_without_cache_and_database_the_error_is_the_databases() -> None:
    async def ask() -> None:
        async with Database(pool_size=1, login=AWAY) as away:
            with pytest.raises(DatabaseUnavailableError):
                await WaveSource(away, plain_cache(1)).waves()

    asyncio.run(ask())
