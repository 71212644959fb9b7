"""The cache, there and lost."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkey.asyncio import Valkey

from app.common import cache as module
from app.common.backoff import Backoff
from app.common.cache import Cache, service_cache
from app.common.settings import CacheSettings
from tests.app import valkey
from tests.app.certificates import direct_tls_front, self_signed
from tests.app.valkey import ValkeyServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with valkey.server(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def _soon_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Backoff", lambda **_: Backoff(first=0.02, longest=0.05))


def plain_cache(port: int) -> Cache:
    async def client() -> Valkey:
        return Valkey(host="127.0.0.1", port=port, username="portal", password="any", single_connection_client=True)

    return Cache(client)


async def _value_within(cache: Cache, seconds: float) -> bytes | None:
    """What the cache answers once it is there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await cache.put("portal:a", b"1", seconds=10)
        if (value := await cache.get("portal:a")) is not None:
            return value
        await asyncio.sleep(0.01)
    return None


@pytest.mark.unit
def test_without_a_server_everything_is_a_miss_at_once() -> None:
    async def ask() -> float:
        async with plain_cache(1) as cache:
            started = time.monotonic()
            await cache.put("portal:a", b"1", seconds=10)
            assert await cache.get("portal:a") is None
            return time.monotonic() - started

    assert asyncio.run(ask()) < module.WAIT_SECONDS


@pytest.mark.sandbox
def test_a_value_is_kept_for_its_time(server: ValkeyServer) -> None:
    async def ask() -> None:
        async with plain_cache(server.port) as cache:
            assert await _value_within(cache, 5) == b"1"
            assert await cache.get("portal:b") is None
            await cache.put("portal:a", b"2", seconds=0.05)
            assert await cache.get("portal:a") == b"2"
            await asyncio.sleep(0.1)
            assert await cache.get("portal:a") is None

    asyncio.run(ask())


@pytest.mark.sandbox
def test_a_killed_server_costs_one_miss_and_it_is_back_by_itself(server: ValkeyServer) -> None:
    async def ask() -> None:
        async with plain_cache(server.port) as cache:
            assert await _value_within(cache, 5) == b"1"
            server.stop()
            assert await cache.get("portal:a") is None
            await asyncio.to_thread(server.start)
            assert await _value_within(cache, 5) == b"1"

    asyncio.run(ask())


@pytest.mark.sandbox
def test_a_server_that_hangs_costs_a_bounded_wait_once_not_each_time(
    server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask() -> None:
        async with plain_cache(server.port) as cache:
            assert await _value_within(cache, 5) == b"1"
            server.signal(signal.SIGSTOP)
            started = time.monotonic()
            assert await cache.get("portal:a") is None
            first = time.monotonic()
            for _ in range(1000):
                assert await cache.get("portal:a") is None
            assert first - started < module.WAIT_SECONDS + 0.5
            assert time.monotonic() - first < 0.5
            server.signal(signal.SIGCONT)
            assert await _value_within(cache, 10) == b"1"

    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.2)
    asyncio.run(ask())


@pytest.mark.sandbox
def test_a_refused_command_is_a_miss(server: ValkeyServer) -> None:
    async def ask() -> None:
        async with plain_cache(server.port) as cache:
            assert await _value_within(cache, 5) == b"1"
            assert await cache.get("elsewhere:a") is None  # the user may not

    asyncio.run(ask())


@pytest.mark.sandbox
def test_a_service_connects_by_verified_tls_only(
    server: ValkeyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    certificate, key = self_signed(tmp_path / "ours")
    other_authority, _ = self_signed(tmp_path / "theirs")

    async def ask(ca_bundle: Path, seconds: float) -> bytes | None:
        async with direct_tls_front(server.port, certificate, key) as port:
            settings = CacheSettings(
                host="127.0.0.1", port=port, name="prakerja-cache", user="portal", ca_bundle=ca_bundle
            )
            async with service_cache(settings, "ap-southeast-3") as cache:
                return await _value_within(cache, seconds)

    assert asyncio.run(ask(certificate, 5)) == b"1"
    assert asyncio.run(ask(other_authority, 0.5)) is None
