"""The inside of a proxy's process: its socket to the data plane, the address that it serves, its certificate.

Facts come in on the socket, a line each time they change; out goes one line when the proxy listens, or why it can't (it
tries again until it can). The program ends when the socket closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec
import uvloop

_BIND_RETRY_SECONDS = 1
_BACKLOG = 1024
_LONGEST_LINE = 1 << 22

Facts = TypeVar("Facts", bound=msgspec.Struct)


class DataPlaneChannel(Generic[Facts]):
    """The socket to the data plane; `facts` are the latest."""

    def __init__(self, facts: Facts, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.facts = facts
        self._kind = type(facts)
        self._reader = reader
        self._writer = writer

    async def follow(self) -> None:
        """Take up facts until the socket closes."""
        while line := await self._reader.readline():
            self.facts = msgspec.json.decode(line, type=self._kind)

    async def listen(self, address: str, port: int) -> socket.socket:
        """A listening socket; says that it listens, or why it can't, and tries again."""
        while True:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setblocking(False)
            try:
                listener.bind((address, port))
            except OSError as error:
                listener.close()
                self._tell({"error": f"can't listen at {address}:{port}: {error.strerror}"})
                await asyncio.sleep(_BIND_RETRY_SECONDS)
            else:
                listener.listen(_BACKLOG)
                self._tell({"listening": True})
                return listener

    def _tell(self, message: dict[str, object]) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")


def run_proxy(kind: type[Facts], serve: Callable[[DataPlaneChannel[Facts]], Awaitable[None]]) -> None:
    """The whole life of a proxy's program, whose only argument is the inherited socket's descriptor."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_run(int(sys.argv[1]), kind, serve))


async def _run(descriptor: int, kind: type[Facts], serve: Callable[[DataPlaneChannel[Facts]], Awaitable[None]]) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=socket.socket(fileno=descriptor), limit=_LONGEST_LINE)
    channel = DataPlaneChannel(msgspec.json.decode(await reader.readline(), type=kind), reader, writer)
    serving = asyncio.ensure_future(serve(channel))
    following = asyncio.create_task(channel.follow())
    await asyncio.wait({serving, following}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()  # raises what ended it
    serving.cancel()


def tls_context(certificate: str, private_key: str) -> ssl.SSLContext:
    """A server's context, TLS 1.2 or newer, for a certificate chain and its key in PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with contextlib.closing(os.fdopen(os.memfd_create("certificate"), "w")) as memory:  # the key is in no file
        memory.write(certificate + private_key)
        memory.flush()
        context.load_cert_chain(f"/proc/self/fd/{memory.fileno()}")
    return context
