"""Which sandbox runs on this machine, and what it started.

The supervisor holds an abstract Unix socket for as long as it lives: the kernel frees the name when it dies, however
it dies, so the lock can't be stale.
"""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sandbox.state import SandboxState

LOCK_NAME = "prakerja-sandbox"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The supervisor that holds the machine's lock."""

    pid: int
    directory: Path


@dataclass(kw_only=True)
class ChildRecord:
    """One child of the supervisor.

    started: the kernel's start time, in clock ticks since boot; with the pid it names one process for good.
    since: when it was last started, ISO 8601.
    restarts: how often it was restarted after it had died.
    last_end: how it last died, in words.
    """

    pid: int
    started: int
    since: str
    restarts: int = 0
    last_end: str | None = None


@dataclass(kw_only=True)
class SupervisorRecord:
    """What the supervisor writes to `run/supervisor.json`; `ready` once every child has been."""

    pid: int
    started: int
    since: str
    ready: bool = False
    children: dict[str, ChildRecord] = field(default_factory=dict)

    def write(self, state: SandboxState) -> None:
        """Replace the file."""
        temporary = record_file(state).with_suffix(".new")
        temporary.write_text(json.dumps(asdict(self), indent=2) + "\n")
        temporary.replace(record_file(state))

    @classmethod
    def read(cls, state: SandboxState) -> SupervisorRecord | None:
        """The record, or None where no supervisor has written one."""
        try:
            document = json.loads(record_file(state).read_text())
        except FileNotFoundError:
            return None
        children = {name: ChildRecord(**child) for name, child in document.pop("children").items()}
        return cls(**document, children=children)


def record_file(state: SandboxState) -> Path:
    """Where the supervisor's record lies."""
    return state.run / "supervisor.json"


def start_time(pid: int) -> int | None:
    """A process's start time in clock ticks since boot, None where there is no such process (proc(5), field 22)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    after_name = stat.rpartition(")")[2].split()
    return None if after_name[0] == "Z" else int(after_name[19])


def take_lock(name: str = LOCK_NAME) -> socket.socket | None:
    """Take the machine's lock; None where another process holds it. Closing the socket gives it back."""
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        lock.bind(f"\0{name}")
    except OSError:
        lock.close()
        return None
    lock.listen()
    lock.setblocking(False)
    return lock


def holder(name: str = LOCK_NAME) -> Holder | None:
    """Who holds the machine's lock, None where nobody does. The kernel vouches for the pid."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(f"\0{name}")
        except ConnectionRefusedError:
            return None
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, _, _ = struct.unpack("3i", credentials)
    arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return Holder(pid=pid, directory=Path(arguments[arguments.index("--state-dir") + 1]))
