"""A proxy's process as the data plane sees it: started, told what it has to know, restarted when it dies.

What it has to know goes to it as one JSON document a line over an inherited socket. Secrets travel this way alone:
never in arguments, an environment or a file.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from sandbox.dataplane.children import ended, plain_environment, terminate
from sandbox.dataplane.unprivileged import as_unprivileged
from sandbox.processes import spawn

_RESTART_SECONDS = 0.5
_STOP_SECONDS = 1


class ProxyProcess:
    """Runs from `tell`'s first call until `stop`. `listening` is true while clients can connect."""

    def __init__(self, module: str, log: Path, problem: Callable[[str | None], None]) -> None:
        """problem: is told why the proxy can't serve, and None once it can."""
        self.listening = False
        self._module = module
        self._log = log
        self._problem = problem
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: asyncio.StreamWriter | None = None
        self._facts: msgspec.Struct | None = None
        self._facts_known = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def tell(self, facts: msgspec.Struct) -> None:
        """Send what the proxy has to know, where that has changed."""
        if facts != self._facts:
            self._facts = facts
            self._facts_known.set()
            self._send()

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self._child is not None:
            await terminate(self._child, grace=_STOP_SECONDS)

    async def _keep(self) -> None:
        await self._facts_known.wait()
        while True:
            ours, theirs = socket.socketpair()
            with theirs:
                self._child = spawn(
                    as_unprivileged([sys.executable, "-m", self._module, str(theirs.fileno())]),
                    log=self._log,
                    environment=plain_environment(),
                    pass_fds=(theirs.fileno(),),
                )
            reader, self._channel = await asyncio.open_unix_connection(sock=ours)
            self._send()
            while line := await reader.readline():
                message = json.loads(line)
                self.listening = "listening" in message
                self._problem(message.get("error"))
            self.listening = False
            self._channel.close()
            self._channel = None
            self._problem(f"its proxy ended with status {await ended(self._child)}")
            await asyncio.sleep(_RESTART_SECONDS)

    def _send(self) -> None:
        if self._channel is not None and self._facts is not None:
            self._channel.write(msgspec.json.encode(self._facts) + b"\n")
