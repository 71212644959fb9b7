"""The program in front of a database server: `python -m sandbox.dataplane.database.proxy DESCRIPTOR`.

DESCRIPTOR is an inherited socket to the data plane. It begins TLS after an SSLRequest or at once, checks the log-in,
and relays. It serves one loopback address.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
import struct
from pathlib import Path

from sandbox.dataplane.database import protocol
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.database.session import Session, forward_cancel
from sandbox.dataplane.proxies.serving import DataPlaneChannel, run_proxy, tls_context

_log = logging.getLogger(__name__)

_GREETING_SECONDS = 60  # PostgreSQL's authentication_timeout


class Proxy:
    """Serves one database."""

    def __init__(self, channel: DataPlaneChannel[ProxyFacts]) -> None:
        self._channel = channel
        self._server_socket = str(Path(channel.facts.sockets, protocol.SERVER_SOCKET))
        self._context = tls_context(channel.facts.certificate, channel.facts.private_key)
        self._context.set_alpn_protocols([protocol.ALPN])
        self._greetings: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Accept clients until cancelled."""
        loop = asyncio.get_running_loop()
        listener = await self._channel.listen(self._channel.facts.address, self._channel.facts.port)
        while True:
            client, _ = await loop.sock_accept(listener)
            task = asyncio.create_task(self._greet(client))
            self._greetings.add(task)
            task.add_done_callback(self._greetings.discard)

    async def _greet(self, client: socket.socket) -> None:
        """Find out how a client begins, and hand it to a session."""
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.timeout(_GREETING_SECONDS):
                await self._begin(client)
        except (OSError, TimeoutError, EOFError) as error:
            _log.info("a connection ended before its log-in: %s", error)
            client.close()

    async def _begin(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        if await _peek(client) == protocol.TLS_HANDSHAKE:
            await self._encrypted_session(client)
            return
        while True:
            head = await _read_exactly(client, 8)
            length, code = struct.unpack("!ii", head)
            if code == protocol.SSL_REQUEST:
                await loop.sock_sendall(client, b"S")
                await self._encrypted_session(client)
                return
            if code == protocol.CANCEL_REQUEST and length <= protocol.LONGEST_STARTUP:
                await forward_cancel(head + await _read_exactly(client, length - 8), self._server_socket)
                client.close()
                return
            if code != protocol.GSSENC_REQUEST:
                factory = functools.partial(self._session, encrypted=False, greeting=head)
                await loop.connect_accepted_socket(factory, client)
                return
            await loop.sock_sendall(client, b"N")

    async def _encrypted_session(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: self._session(encrypted=True), client, ssl=self._context)

    def _session(self, *, encrypted: bool, greeting: bytes = b"") -> Session:
        return Session(lambda: self._channel.facts, self._server_socket, encrypted=encrypted, greeting=greeting)


async def _peek(client: socket.socket) -> int:
    """The first byte that a client sends, left where it is."""
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()
    loop.add_reader(client, _resolve, readable)
    try:
        await readable
    finally:
        loop.remove_reader(client)
    first = client.recv(1, socket.MSG_PEEK)
    if not first:
        raise EOFError("it closed")
    return first[0]


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _read_exactly(client: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < count:
        chunk = await loop.sock_recv(client, count - len(data))
        if not chunk:
            raise EOFError("it closed")
        data += chunk
    return data


async def _serve(channel: DataPlaneChannel[ProxyFacts]) -> None:
    await Proxy(channel).serve()


if __name__ == "__main__":
    run_proxy(ProxyFacts, _serve)
