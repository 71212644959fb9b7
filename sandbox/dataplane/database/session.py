"""One client's connection: log in, then relay between it and the server untouched."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from sandbox.dataplane.database import protocol
from sandbox.dataplane.database.authentication import authenticate
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.proxies.relay import ServerSide
from sandbox.dataplane.proxies.tokens import RefusedError

_log = logging.getLogger(__name__)


class Session(asyncio.Protocol):
    """The client's side. `greeting` is what was read of the client before this protocol took over."""

    def __init__(
        self, facts: Callable[[], ProxyFacts], server_socket: str, *, encrypted: bool, greeting: bytes = b""
    ) -> None:
        self._facts = facts
        self._server_socket = server_socket
        self._encrypted = encrypted
        self._received = greeting
        self._startup: bytes = b""
        self._user = ""
        self.transport: asyncio.Transport | None = None
        self._server: ServerSide | None = None
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if self._received:
            self.data_received(b"")

    def data_received(self, data: bytes) -> None:
        if self._server is not None:
            self._server.write(data)
            return
        self._received += data
        if not self._startup:
            self._read_startup()
        if self._startup and self._connecting is None:
            self._read_password()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._server is not None:
            self._server.close()

    def pause_writing(self) -> None:
        if self._server is not None:
            self._server.pause()

    def resume_writing(self) -> None:
        if self._server is not None:
            self._server.resume()

    def fail(self, code: str, message: str) -> None:
        """Send an error and end the connection."""
        if self.transport is not None:
            self.transport.write(protocol.error_response(code, message))
            self.transport.close()

    def _read_startup(self) -> None:
        packet = self._take(0, protocol.LONGEST_STARTUP)
        if packet is None:
            return
        if struct.unpack_from("!i", packet, 4)[0] == protocol.CANCEL_REQUEST:
            self._connecting = asyncio.create_task(self._cancel(packet))
            return
        try:
            self._user = protocol.startup_parameters(packet)["user"]
        except (ValueError, KeyError) as error:
            self.fail(protocol.PROTOCOL_VIOLATION, f"invalid startup packet: {error}")
            return
        if not self._encrypted and self._facts().force_tls:
            self.fail(
                protocol.NOT_AUTHORISED,
                f'no pg_hba.conf entry for host "127.0.0.1", user "{self._user}", no encryption',
            )
            return
        self._startup = packet
        if self.transport is not None:
            self.transport.write(protocol.AUTHENTICATION_CLEARTEXT)

    def _read_password(self) -> None:
        if self._received[:1] not in {b"", b"p"}:
            self.fail(protocol.PROTOCOL_VIOLATION, "expected a password message")
            return
        message = self._take(1, protocol.LONGEST_PASSWORD)
        if message is None or self.transport is None:
            return
        password = message[5:].rstrip(b"\0").decode(errors="replace")
        try:
            authenticate(self._user, password, self._facts(), encrypted=self._encrypted, now=datetime.now(UTC))
        except RefusedError as error:
            _log.warning("log-in of user %s refused: %s", self._user, error.reason)
            self.fail(protocol.AUTHENTICATION_FAILED, f'password authentication failed for user "{self._user}"')
            return
        self.transport.pause_reading()
        self._connecting = asyncio.create_task(self._connect(self.transport))

    def _take(self, type_bytes: int, longest: int) -> bytes | None:
        """The next whole message of what was received, or None while more of it has to come."""
        if len(self._received) < type_bytes + 4:
            return None
        length = type_bytes + struct.unpack_from("!i", self._received, type_bytes)[0]
        if not type_bytes + 4 <= length <= longest:
            self.fail(protocol.PROTOCOL_VIOLATION, "invalid message length")
            return None
        if len(self._received) < length:
            return None
        message, self._received = self._received[:length], self._received[length:]
        return message

    async def _connect(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, server = await loop.create_unix_connection(lambda: ServerSide(transport), self._server_socket)
        except OSError:
            self.fail(protocol.CANNOT_CONNECT_NOW, "the database system is starting up")
            return
        server.write(self._startup + self._received)
        self._server = server
        self._received = b""
        if transport.is_closing():
            server.close()
        else:
            transport.resume_reading()

    async def _cancel(self, packet: bytes) -> None:
        await forward_cancel(packet, self._server_socket)
        if self.transport is not None:
            self.transport.close()


async def forward_cancel(packet: bytes, server_socket: str) -> None:
    """Pass a CancelRequest on, as a connection of its own; the server answers by closing it."""
    try:
        reader, writer = await asyncio.open_unix_connection(server_socket)
    except OSError:
        return  # the server is down, and the query with it
    writer.write(packet)
    await reader.read()
    writer.close()
