"""HAProxy's runtime API over its Unix socket."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from sandbox.dataplane.load_balancer.configuration import Files, Server

_ANSWER_SECONDS = 10
_SERVER_ROWS = 4  # of `show stat`: 1 is frontends, 2 backends
_STATE_COLUMNS = ("pxname", "svname", "status", "check_status", "check_code", "scur", "qcur")


class RuntimeApiError(RuntimeError):
    """HAProxy refused a command, or does not answer."""


@dataclass(frozen=True)
class ServerState:
    """A server as HAProxy sees it: `status` (UP, DOWN, MAINT, …), its last check's outcome and HTTP code, and how many
    requests it is answering or has waiting.
    """

    status: str
    check_status: str
    check_code: str
    requests: int

    @property
    def up(self) -> bool:
        return self.status.startswith("UP")


async def command(socket: Path, text: str) -> str:
    """Send one line to a HAProxy socket and return all of its answer. Raises RuntimeApiError."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket, limit=1 << 22)
            try:
                writer.write(text.encode() + b"\n")
                writer.write_eof()
                return (await reader.read()).decode().strip()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        raise RuntimeApiError(f"HAProxy does not answer at {socket}: {error}") from error


class RuntimeApi:
    """The commands that change targets and weights without a reload."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._one_at_a_time = asyncio.Lock()  # the socket's backlog is short; a full one refuses connections

    async def add(self, server: Server) -> None:
        """Add a server, down until it is told or found to be healthy."""
        name = f"{server.backend}/{server.name}"
        answer = await self._command(
            f"add server {name} {server.address} {server.options}"
            f"; enable health {name}; enable server {name}; set server {name} health down"
        )
        if "New server registered" not in answer:
            raise RuntimeApiError(f"HAProxy did not take server {name}: {answer}")

    async def set_healthy(self, backend: str, name: str) -> None:
        await self._command(f"set server {backend}/{name} health up")

    async def drain(self, backend: str, name: str) -> None:
        """Send a server no new requests but those of connections it has."""
        await self._command(f"set server {backend}/{name} state drain")

    async def ready(self, backend: str, name: str) -> None:
        await self._command(f"set server {backend}/{name} state ready")

    async def remove(self, backend: str, name: str) -> bool:
        """Take a server out and close what is open to it. False: it is still busy, and must be asked again."""
        server = f"{backend}/{name}"
        answer = await self._command(
            f"set server {server} state maint; shutdown sessions server {server}; del server {server}"
        )
        return "Server deleted" in answer

    async def set_weights(self, weights: Mapping[str, int]) -> None:
        """Replace the map of weights, all of it at once."""
        file = self._files.weights
        version = (await self._command(f"prepare map {file}")).rpartition(" ")[2]
        for key, limit in weights.items():
            await self._command(f"add map @{version} {file} {key} {limit}")
        await self._command(f"commit map @{version} {file}")

    async def server_states(self) -> dict[tuple[str, str], ServerState]:
        """All servers by backend and name."""
        answer = await self._command(f"show stat -1 {_SERVER_ROWS} -1")
        rows = csv.reader(answer.removeprefix("# ").splitlines())
        columns = next(rows)
        pick = itemgetter(*(columns.index(name) for name in _STATE_COLUMNS))
        return {
            (backend, server): ServerState(status, check.removeprefix("* "), code, int(sessions) + int(queued))
            for backend, server, status, check, code, sessions, queued in map(pick, rows)
        }

    async def save_server_states(self) -> None:
        """Write the file from which a reload takes up the servers' health."""
        self._files.server_states.write_text(await self._command("show servers state") + "\n")

    async def _command(self, text: str) -> str:
        async with self._one_at_a_time:
            return await command(self._files.runtime_socket, text)
