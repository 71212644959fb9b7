"""The one process that owns the rest of the sandbox.

It starts its children in order, each when the one before is ready, restarts what dies, and stops them in reverse. Its
children are killed by the kernel when it dies (`processes.py`), which binds them to the thread that started them: so
everything here happens in the main thread.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.processes import NotReadyError, notify_ready, spawn, spawn_and_wait_ready, stop
from sandbox.running import LOCK_NAME, ChildRecord, SupervisorRecord, start_time, take_lock
from sandbox.state import SandboxState

_REPOSITORY = Path(__file__).parents[1]
_READY_SECONDS = 60.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.25

# Between a child's death and its restart; doubled at each death that follows on less than _STEADY_SECONDS of life.
_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 30.0
_STEADY_SECONDS = 60.0

# What a child may see of the user's environment: above all nothing that could lead it to a real account.
_PASSED_ON = ("HOME", "LANG", "PATH", "TMPDIR", "TZ", "XDG_CACHE_HOME")


def _module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-u", "-m", name)


@dataclass(frozen=True, kw_only=True)
class Service:
    """A child: its name in records and logs, and what is started, with `--state-dir DIR` at the end."""

    name: str
    command: tuple[str, ...]


SERVICES = (
    Service(name="cloud", command=_module("sandbox.aws.server")),
    Service(name="dataplane", command=_module("sandbox.dataplane")),
    Service(name="provider", command=_module("sandbox.aws.provider")),
)


class Supervisor:
    """Owns the children of one sandbox; `run` returns when the process has been told to stop."""

    def __init__(self, state: SandboxState, services: Sequence[Service], lock: socket.socket) -> None:
        self._state = state
        self._services = services
        self._lock = lock
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._delays: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._stopping = False
        pid = os.getpid()
        self._record = SupervisorRecord(pid=pid, started=start_time(pid) or 0, since=_now())

    def run(self) -> None:
        """Start everything, say so, and watch over it.

        Raises NotReadyError where a child can't be started in the first place; those before it are then stopped.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        try:
            self._record.write(self._state)
            for service in self._services:
                if not self._stopping:
                    self._start(service)
            self._record.ready = True
            self._record.write(self._state)
            notify_ready()
            while not self._stopping:
                self._watch()
        finally:
            self._stop_all()

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True

    def _watch(self) -> None:
        readable, _, _ = select.select([self._lock], [], [], _POLL_SECONDS)
        if readable:
            self._lock.accept()[0].close()  # whoever asks learns our pid from the kernel; there is nothing to say
        for service in self._services:
            child = self._children.get(service.name)
            if child is not None and child.poll() is not None:
                self._note_death(service, _ending(child.returncode))
            elif child is None and time.monotonic() >= self._due[service.name]:
                self._restart(service)

    def _start(self, service: Service) -> None:
        def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
            return spawn(
                [*service.command, "--state-dir", str(self._state.directory)],
                log=self._state.logs / f"{service.name}.log",
                environment={**_environment(), **extra},
                pass_fds=descriptors,
            )

        child = spawn_and_wait_ready(start, name=service.name, timeout=_READY_SECONDS)
        self._children[service.name] = child
        before = self._record.children.get(service.name)
        self._record.children[service.name] = ChildRecord(
            pid=child.pid,
            started=start_time(child.pid) or 0,
            since=_now(),
            restarts=before.restarts + 1 if before else 0,
            last_end=before.last_end if before else None,
        )
        self._record.write(self._state)
        _log(f"{service.name} is ready (pid {child.pid})")

    def _restart(self, service: Service) -> None:
        try:
            self._start(service)
        except NotReadyError as error:
            self._note_death(service, str(error))

    def _note_death(self, service: Service, how: str) -> None:
        record = self._record.children[service.name]
        lived = time.time() - datetime.fromisoformat(record.since).timestamp()
        delay = self._delays.get(service.name, 0) * 2 if lived < _STEADY_SECONDS else 0
        self._delays[service.name] = min(max(delay, _FIRST_DELAY_SECONDS), _LONGEST_DELAY_SECONDS)
        self._due[service.name] = time.monotonic() + self._delays[service.name]
        self._children.pop(service.name, None)
        record.last_end = f"{how} at {_now()}"
        self._record.write(self._state)
        _log(f"{service.name} {how}; restarting it in {self._delays[service.name]:.1f} s")

    def _stop_all(self) -> None:
        for service in reversed(self._services):
            child = self._children.pop(service.name, None)
            if child is not None:
                stop(child, grace=_STOP_SECONDS)
                _log(f"{service.name} has stopped")


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONPATH": str(_REPOSITORY)}


def _ending(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _log(message: str) -> None:
    print(f"{_now()} {message}", flush=True)


def supervise(state: SandboxState, services: Sequence[Service] = SERVICES, lock_name: str = LOCK_NAME) -> int:
    """Take the machine's lock and run until told to stop; returns the process's exit status."""
    lock = take_lock(lock_name)
    if lock is None:
        _log("another sandbox runs on this machine")
        return 4
    with closing(lock):
        try:
            Supervisor(state, services, lock).run()
        except NotReadyError as error:
            _log(str(error))
            return 1
    return 0


def main() -> int:
    """The command line: `python -m sandbox.supervisor --state-dir DIR`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="the sandbox's directory, made already")
    return supervise(SandboxState(parser.parse_args().state_dir.absolute()))


if __name__ == "__main__":
    sys.exit(main())
