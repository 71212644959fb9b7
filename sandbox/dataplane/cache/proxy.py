"""The program in front of a cache server: `python -m sandbox.dataplane.cache.proxy DESCRIPTOR`.

DESCRIPTOR is an inherited socket to the data plane. It speaks TLS only, checks each log-in, and relays. It serves one
loopback address.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import cast

from sandbox.dataplane.cache.authentication import authenticate
from sandbox.dataplane.cache.commands import CommandFilter
from sandbox.dataplane.cache.facts import CacheFacts
from sandbox.dataplane.proxies.relay import ServerSide
from sandbox.dataplane.proxies.serving import DataPlaneChannel, run_proxy, tls_context
from sandbox.dataplane.proxies.tokens import RefusedError

_log = logging.getLogger(__name__)

_HANDSHAKE_SECONDS = 10
# ElastiCache ends a connection twelve hours after its last IAM log-in (ElastiCache user guide, "Authenticating with
# IAM", limitations).
_LONGEST_SESSION_SECONDS = 12 * 3600


class Session(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, channel: DataPlaneChannel[CacheFacts]) -> None:
        self._channel = channel
        self._filter = CommandFilter(self._log_in)
        self._transport: asyncio.Transport | None = None
        self._server: ServerSide | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.pause_reading()
        self._connecting = asyncio.create_task(self._connect(self._transport))

    def data_received(self, data: bytes) -> None:
        if self._server is not None:
            self._server.write(self._filter.feed(data))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._end is not None:
            self._end.cancel()
        if self._server is not None:
            self._server.close()

    def pause_writing(self) -> None:
        if self._server is not None:
            self._server.pause()

    def resume_writing(self) -> None:
        if self._server is not None:
            self._server.resume()

    async def _connect(self, client: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, server = await loop.create_unix_connection(lambda: ServerSide(client), self._channel.facts.socket)
        except OSError:
            client.abort()  # the node is down
            return
        if client.is_closing():
            server.close()
            return
        self._server = server
        client.resume_reading()

    def _log_in(self, user: str, password: str) -> str | None:
        """The password by which the server knows a user who is let in."""
        try:
            login = authenticate(user, password, self._channel.facts, datetime.now(UTC))
        except RefusedError as error:
            _log.warning("log-in of user %s refused: %s", user, error.reason)
            return None
        if login.iam and self._transport is not None:
            if self._end is not None:
                self._end.cancel()
            loop = asyncio.get_running_loop()
            self._end = loop.call_later(_LONGEST_SESSION_SECONDS, self._transport.close)
        return login.password


async def _serve(channel: DataPlaneChannel[CacheFacts]) -> None:
    facts = channel.facts
    listener = await channel.listen(facts.address, facts.port)
    server = await asyncio.get_running_loop().create_server(
        lambda: Session(channel),
        sock=listener,
        ssl=tls_context(facts.certificate, facts.private_key),
        ssl_handshake_timeout=_HANDSHAKE_SECONDS,
    )
    await server.serve_forever()


if __name__ == "__main__":
    run_proxy(CacheFacts, _serve)
