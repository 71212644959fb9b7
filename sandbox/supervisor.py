"""The one process that owns the rest of the sandbox.

It starts its children in order, each when the one before is ready, restarts what dies, and stops them in reverse
(`supervision.py`). Its children are killed by the kernel when it dies.

Alone, for previews, the cloud has no data plane: there are its APIs and the providers, and nothing runs. Such sandboxes
need no addresses of their own, so that any number of them runs beside the machine's one whole sandbox.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sandbox.processes import NotReadyError, notify_ready, spawn, spawn_and_wait_ready
from sandbox.running import LOCK_NAME, SupervisorRecord, start_time, take_lock
from sandbox.state import SandboxState
from sandbox.supervision import Children, log, now

_REPOSITORY = Path(__file__).parents[1]
_READY_SECONDS = 120.0
_POLL_SECONDS = 0.25

# What a child may see of the user's environment: above all nothing that could lead it to a real account.
_PASSED_ON = ("HOME", "LANG", "PATH", "TMPDIR", "TZ", "XDG_CACHE_HOME")


def _module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-u", "-m", name)


@dataclass(frozen=True, kw_only=True)
class Service:
    """A child: its name in records and logs, and what is started, with `--state-dir DIR` at the end.

    alone: what it is told besides in a sandbox without a data plane, where `{program}` stands for the directory of the
    program that it is for; None where it is no part of such a sandbox.
    """

    name: str
    command: tuple[str, ...]
    alone: tuple[str, ...] | None = ()


SERVICES = (
    Service(name="cloud", command=_module("sandbox.aws.server"), alone=("--alone",)),
    Service(name="dataplane", command=_module("sandbox.dataplane"), alone=None),
    Service(name="kubernetes", command=_module("sandbox.kubernetes"), alone=("--alone",)),
    Service(name="provider", command=_module("sandbox.aws.provider"), alone=("--program", "{program}")),
    Service(name="kubernetes-provider", command=_module("sandbox.kubernetes.provider"), alone=("--alone",)),
    Service(name="saas", command=_module("sandbox.saas")),
)


def alone_services(program: Path, services: Sequence[Service] = SERVICES) -> tuple[Service, ...]:
    """The children of a sandbox without a data plane. program: the directory of the program that it is for."""
    return tuple(
        Service(name=one.name, command=(*one.command, *(given.format(program=program) for given in one.alone)))
        for one in services
        if one.alone is not None
    )


class Supervisor:
    """Owns the children of one sandbox; `run` returns when the process has been told to stop."""

    def __init__(self, state: SandboxState, services: Sequence[Service], lock: socket.socket) -> None:
        self._state = state
        self._lock = lock
        self._stopping = False
        self._children = Children({service.name: partial(self._start, service) for service in services}, self._write)
        pid = os.getpid()
        self._record = SupervisorRecord(
            pid=pid, started=start_time(pid) or 0, since=now(), children=self._children.records
        )

    def run(self) -> None:
        """Start everything, say so, and watch over it.

        Raises NotReadyError where a child can't be started in the first place; those before it are then stopped.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        try:
            self._write()
            self._children.start_all(until=lambda: self._stopping)
            self._record.ready = True
            self._write()
            notify_ready()
            while not self._stopping:
                self._answer(_POLL_SECONDS)
                self._children.look()
        finally:
            self._children.stop()

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True

    def _answer(self, seconds: float) -> None:
        """Wait for whoever asks who holds the lock: they learn our pid from the kernel; there is nothing to say."""
        readable, _, _ = select.select([self._lock], [], [], seconds)
        if readable:
            self._lock.accept()[0].close()

    def _start(self, service: Service) -> subprocess.Popen[bytes]:
        def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
            return spawn(
                [*service.command, "--state-dir", str(self._state.directory)],
                log=self._state.logs / f"{service.name}.log",
                environment={**child_environment(), **extra},
                pass_fds=descriptors,
            )

        return spawn_and_wait_ready(start, name=service.name, timeout=_READY_SECONDS)

    def _write(self) -> None:
        self._record.write(self._state)


def child_environment() -> dict[str, str]:
    """What of this process's environment a child gets."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONPATH": str(_REPOSITORY)}


def supervise(state: SandboxState, services: Sequence[Service] = SERVICES, lock_name: str = LOCK_NAME) -> int:
    """Take the machine's lock and run until told to stop; returns the process's exit status."""
    lock = take_lock(lock_name)
    if lock is None:
        log("another sandbox runs on this machine")
        return 4
    with closing(lock):
        try:
            Supervisor(state, services, lock).run()
        except NotReadyError as error:
            log(str(error))
            return 1
    return 0


def main() -> int:
    """The command line: `python -m sandbox.supervisor --state-dir DIR [--alone PROGRAM]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="the sandbox's directory, made already")
    parser.add_argument(
        "--alone", type=Path, metavar="PROGRAM", help="run no data plane; the directory of the program it is for"
    )
    arguments = parser.parse_args()
    state = SandboxState(arguments.state_dir.absolute())
    if arguments.alone is None:
        return supervise(state)
    name = hashlib.sha256(str(state.directory).encode()).hexdigest()[:16]  # a socket's name has room for little
    return supervise(state, alone_services(arguments.alone), f"{LOCK_NAME}-alone-{name}")


if __name__ == "__main__":
    sys.exit(main())
