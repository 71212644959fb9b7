"""The program in front of a database server: `python -m sandbox.dataplane.database.proxy DESCRIPTOR`.

DESCRIPTOR is an inherited socket to the data plane. Facts come in on it, a line each time they change; out goes one
line when the proxy listens, or why it can't (it tries again until it can). The program ends when the socket closes.

It begins TLS after an SSLRequest or at once, checks the log-in, and relays. It serves one loopback address.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import os
import resource
import socket
import ssl
import struct
import sys
from pathlib import Path

import msgspec
import uvloop

from sandbox.dataplane.database import protocol
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.database.session import Session, forward_cancel

_log = logging.getLogger(__name__)

_GREETING_SECONDS = 60  # PostgreSQL's authentication_timeout
_BIND_RETRY_SECONDS = 1
_BACKLOG = 1024
_LONGEST_LINE = 1 << 22


class Proxy:
    """Serves one database until its socket to the data plane closes."""

    def __init__(self, facts: ProxyFacts, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._facts = facts
        self._reader = reader
        self._writer = writer
        self._server_socket = str(Path(facts.sockets, protocol.SERVER_SOCKET))
        self._context = _tls_context(facts.certificate, facts.private_key)
        self._greetings: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        accepting = asyncio.create_task(self._accept())
        while line := await self._reader.readline():
            self._facts = msgspec.json.decode(line, type=ProxyFacts)
        accepting.cancel()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        listener = await self._listen()
        while True:
            client, _ = await loop.sock_accept(listener)
            task = asyncio.create_task(self._greet(client))
            self._greetings.add(task)
            task.add_done_callback(self._greetings.discard)

    async def _listen(self) -> socket.socket:
        address = (self._facts.address, self._facts.port)
        while True:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setblocking(False)
            try:
                listener.bind(address)
            except OSError as error:
                listener.close()
                self._tell({"error": f"can't listen at {address[0]}:{address[1]}: {error.strerror}"})
                await asyncio.sleep(_BIND_RETRY_SECONDS)
            else:
                listener.listen(_BACKLOG)
                self._tell({"listening": True})
                return listener

    def _tell(self, message: dict[str, object]) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")

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
        return Session(lambda: self._facts, self._server_socket, encrypted=encrypted, greeting=greeting)


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


def _tls_context(certificate: str, private_key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([protocol.ALPN])
    with contextlib.closing(os.fdopen(os.memfd_create("certificate"), "w")) as memory:  # the key is in no file
        memory.write(certificate + private_key)
        memory.flush()
        context.load_cert_chain(f"/proc/self/fd/{memory.fileno()}")
    return context


async def _serve(descriptor: int) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=socket.socket(fileno=descriptor), limit=_LONGEST_LINE)
    facts = msgspec.json.decode(await reader.readline(), type=ProxyFacts)
    await Proxy(facts, reader, writer).run()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
