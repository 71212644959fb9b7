"""A cache that may be lost: whoever asks it waits tens of milliseconds at most, and never gets an error.

Nobody waits for a connection. It is made in the background and replaced there after a failure, with growing pauses;
until one answers, everything is a miss.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Self

from botocore.exceptions import BotoCoreError
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from app.common.backoff import Backoff
from app.common.logins import cache_login
from app.common.settings import CacheSettings

WAIT_SECONDS = 0.05  # a healthy cache answers within one
CONNECT_SECONDS = 3.0  # TCP, TLS, and a token that ElastiCache has IAM check

_log = logging.getLogger(__name__)

_UNAVAILABLE = (ValkeyError, OSError, TimeoutError, BotoCoreError)


class Cache:
    """One connection to Valkey, used as an asynchronous context manager around the service's life."""

    def __init__(self, client: Callable[[], Awaitable[Valkey]]) -> None:
        """client: makes a client of a single connection, not yet connected."""
        self._client = client
        self._valkey: Valkey | None = None  # None: not asked at present
        self._backoff = Backoff(first=0.5, longest=30)
        self._connecting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._connecting = asyncio.create_task(self._connect())
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._valkey is not None:
            await self._valkey.aclose()

    async def get(self, key: str) -> bytes | None:
        """The value, or None: there is none, or it can't be had in time."""
        value: bytes | None = await self._ask(lambda valkey: valkey.get(key))
        return value

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Keep a value for so long, if the cache is there."""
        await self._ask(lambda valkey: valkey.set(key, value, px=round(seconds * 1000)))

    async def _ask(self, command: Callable[[Valkey], Awaitable[bytes | None]]) -> bytes | None:
        valkey = self._valkey
        if valkey is None:
            return None
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                answer = await command(valkey)
        except _UNAVAILABLE as error:
            _log.warning("the cache is not asked for a while", extra={"fields": {"reason": type(error).__name__}})
            if self._valkey is valkey:  # else another caller has seen it first
                self._valkey = None
                self._connecting = asyncio.create_task(self._connect(instead_of=valkey))
            return None
        self._backoff.reset()
        return answer

    async def _connect(self, instead_of: Valkey | None = None) -> None:
        """Return once a connection has answered."""
        if instead_of is not None:
            await _close(instead_of)
            await asyncio.sleep(self._backoff.pause())
        while self._valkey is None:
            valkey = None
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    valkey = await self._client()
                    await valkey.ping()
            except _UNAVAILABLE as error:
                _log.warning("no connection to the cache", extra={"fields": {"reason": type(error).__name__}})
                if valkey is not None:
                    await _close(valkey)
                await asyncio.sleep(self._backoff.pause())
            else:
                self._valkey = valkey


async def _close(valkey: Valkey) -> None:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await valkey.aclose()
    except _UNAVAILABLE:
        return  # it was lost already


def service_cache(settings: CacheSettings, region: str) -> Cache:
    """The cache of a service: TLS verified against the CA bundle, a fresh IAM token for each connection."""
    login = cache_login(region=region, replication_group=settings.name, user=settings.user)

    async def client() -> Valkey:
        token = await asyncio.to_thread(login.token)  # a refresh of the role's credentials is a blocking call
        return Valkey(
            host=settings.host,
            port=settings.port,
            username=settings.user,
            password=token,
            ssl=True,
            ssl_ca_certs=str(settings.ca_bundle),
            ssl_check_hostname=True,
            single_connection_client=True,
            lib_name=None,  # CLIENT SETINFO would be two more round trips
            lib_version=None,
        )

    return Cache(client)
