"""The warm parents as whoever runs processes holds them: one process per artefact, started when first needed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.dataplane.children import REPOSITORY, plain_environment
from sandbox.dataplane.runner.artefacts import Artefact
from sandbox.dataplane.runner.errors import BootError
from sandbox.dataplane.runner.interpreters import find_interpreter
from sandbox.dataplane.runner.warm_parent import MESSAGE_BYTES
from sandbox.processes import spawn, stop

_PROGRAM = "sandbox.dataplane.runner.warm_parent"
_PRELOAD_SECONDS = 120  # the first import of an artefact also compiles it


@dataclass
class Fork:
    """A process forked from a warm parent. `ended` resolves to its exit status (negative: a signal)."""

    identifier: int
    pid: int
    ended: asyncio.Future[int]
    parent: WarmParent

    def send_signal(self, number: signal.Signals) -> None:
        """Signal the process; nothing, where it has ended."""
        self.parent.signal(self.identifier, number)


class WarmParent:
    """One running warm parent."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket, log: Path) -> None:
        self._process = process
        self._channel = channel
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._forked: dict[int, asyncio.Future[int]] = {}
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._next = 0
        self._one_at_a_time = asyncio.Lock()  # the socket's buffer holds only some dozens of requests
        self.alive = True
        self._loop.add_reader(channel, self._receive)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait_ready(self) -> None:
        """Return once the services are imported. Raises BootError with the last line of the parent's log."""
        try:
            async with asyncio.timeout(_PRELOAD_SECONDS):
                await self._ready
        except TimeoutError as error:
            self.close()
            raise BootError(f"app.run.preload() took more than {_PRELOAD_SECONDS} s; see {self._log}") from error

    async def fork(
        self, module: str, environment: Mapping[str, str], name: str, log: Path, arguments: Sequence[str] = ()
    ) -> Fork:
        """Fork a process that runs `module` with `environment` and `arguments`, its output appended to `log`.

        name: what `ps` shows, 15 characters of it. Raises BootError where the parent has gone.
        """
        async with self._one_at_a_time:
            if not self.alive:
                raise BootError("the artefact's warm parent has ended")
            self._next += 1
            identifier = self._next
            forked = self._forked[identifier] = self._loop.create_future()
            end = self._ended[identifier] = self._loop.create_future()
            message = {"fork": identifier, "module": module, "arguments": list(arguments)}
            message |= {"environment": dict(environment), "name": name}
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                socket.send_fds(self._channel, [json.dumps(message).encode()], [descriptor])
            finally:
                os.close(descriptor)
            return Fork(identifier, await forked, end, self)

    def signal(self, identifier: int, number: signal.Signals) -> None:
        if self.alive:
            self._channel.send(json.dumps({"signal": identifier, "number": int(number)}).encode())

    def close(self) -> None:
        """End the parent, and with it every process forked from it."""
        self._lose()
        stop(self._process, grace=0)

    def _receive(self) -> None:
        try:
            data = self._channel.recv(MESSAGE_BYTES)
        except ConnectionError:
            data = b""
        if data:
            self._handle(json.loads(data))
        else:
            self._lose()
            self._process.kill()
            self._process.wait()

    def _handle(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._ready.set_result(None)
        elif "forked" in message:
            self._forked.pop(message["forked"]).set_result(message["pid"])
        else:
            self._ended.pop(message["ended"]).set_result(message["status"])

    def _lose(self) -> None:
        """The parent has gone: so have its forks, by their parent-death signal."""
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._channel)
        self._channel.close()
        if not self._ready.done():
            self._ready.set_exception(BootError(f"app.run.preload() failed: {_last_line(self._log)}"))
        for waiting in self._forked.values():
            waiting.set_exception(BootError("the artefact's warm parent has ended"))
        for ended_fork in self._ended.values():
            if not ended_fork.done():
                ended_fork.set_result(-signal.SIGKILL)
        self._forked.clear()
        self._ended.clear()


class WarmParents:
    """The warm parents of all artefacts in use, their logs in a directory."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._parents: dict[str, WarmParent] = {}
        self._starting = asyncio.Lock()

    async def get(self, artefact: Artefact) -> WarmParent:
        """The artefact's warm parent, started if need be. Raises BootError."""
        async with self._starting:
            parent = self._parents.get(artefact.sha256)
            if parent is None or not parent.alive:
                parent = self._start(artefact, await find_interpreter(artefact.python))
                self._parents[artefact.sha256] = parent
                await parent.wait_ready()
            return parent

    def retain(self, digests: set[str]) -> None:
        """End the warm parents of all artefacts but these."""
        for digest in self._parents.keys() - digests:
            self._parents.pop(digest).close()

    def _start(self, artefact: Artefact, interpreter: Path) -> WarmParent:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        log = self._logs / f"warm-parent-{artefact.release}.log"
        search = [str(artefact.directory), str(artefact.directory / "site-packages"), str(REPOSITORY)]
        with theirs:
            process = spawn(
                # -P and -s: modules come from the artefact, not from a working directory or a user's home
                [str(interpreter), "-P", "-s", "-m", _PROGRAM, str(REPOSITORY), str(theirs.fileno())],
                log=log,
                directory=artefact.directory,
                environment=plain_environment() | {"PYTHONPATH": os.pathsep.join(search)},
                pass_fds=(theirs.fileno(),),
            )
        ours.setblocking(False)
        return WarmParent(process, ours, log)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
