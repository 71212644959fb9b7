"""Starting the sandbox's supervisor, finding it, and stopping it."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from operations.checkout import Checkout
from operations.exit_codes import ExitCode, OperationError
from sandbox.processes import NotReadyError, spawn_and_wait_ready
from sandbox.running import Holder, SupervisorRecord, holder, start_time
from sandbox.supervisor import SERVICES

# What the supervisor allows each child to become ready in, and to end in, and a little for itself.
_READY_SECONDS = 120.0 * len(SERVICES) + 10
_STOP_SECONDS = 30.0 * len(SERVICES) + 10
_LOG_LINES = 8


def own_supervisor(checkout: Checkout) -> Holder | None:
    """The supervisor of this checkout's sandbox, None where none runs."""
    held = holder()
    return held if held is not None and held.directory == checkout.state.directory else None


def refuse_another(checkout: Checkout) -> None:
    """Raise OperationError where another checkout's sandbox runs on this machine.

    There is one at a time, as its virtual machines have the loopback network's addresses.
    """
    held = holder()
    if held is not None and held.directory != checkout.state.directory:
        raise OperationError(
            f"another sandbox runs on this machine: {held.directory} (pid {held.pid}); `down` it first",
            ExitCode.REFUSED,
        )


@contextmanager
def only_one(checkout: Checkout) -> Iterator[None]:
    """Hold the lock that commands which change the sandbox take. Raises OperationError where one has it."""
    with (checkout.state.run / "operation.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise OperationError(
                f"another command is at work on this sandbox: {lock.read().strip()} in {checkout.state.directory}",
                ExitCode.REFUSED,
            ) from None
        lock.truncate(0)
        lock.write(f"pid {os.getpid()}")
        lock.flush()
        yield


def start_supervisor(checkout: Checkout) -> None:
    """Start the supervisor in the background, and return when everything it owns is ready.

    Raises OperationError with the end of the log where it can't start.
    """
    log = checkout.state.logs / "supervisor.log"

    def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-u", "-m", "sandbox.supervisor", "--state-dir", str(checkout.state.directory)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(checkout.repository), **extra},
                cwd="/",
                pass_fds=descriptors,
                start_new_session=True,
            )

    try:
        spawn_and_wait_ready(start, name="the sandbox", timeout=_READY_SECONDS)
    except NotReadyError as error:
        names = ("supervisor", *(service.name for service in SERVICES))
        raise OperationError(f"{error}:\n{log_tails(checkout, names)}") from error


def stop_supervisor(supervisor: Holder) -> None:
    """Stop the supervisor and with it all that it started; killed where it does not end in time."""
    descriptor = os.pidfd_open(supervisor.pid)
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        ended, _, _ = select.select([descriptor], [], [], _STOP_SECONDS)
        if not ended:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            select.select([descriptor], [], [])
    finally:
        os.close(descriptor)


def is_ready(checkout: Checkout, supervisor: Holder) -> bool:
    """Whether everything that the supervisor owns has been started."""
    record = SupervisorRecord.read(checkout.state)
    return record is not None and record.pid == supervisor.pid and record.ready


def restarted_children(checkout: Checkout) -> dict[str, str]:
    """The children that run now or should, and died before: how the last time, by name."""
    record = SupervisorRecord.read(checkout.state)
    if record is None or start_time(record.pid) != record.started:
        return {}
    return {name: child.last_end for name, child in record.children.items() if child.last_end}


def log_tails(checkout: Checkout, names: Sequence[str]) -> str:
    """The last lines of some processes' logs."""
    tails = []
    for name in names:
        log = checkout.state.logs / f"{name}.log"
        if log.exists():
            lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
            tails.append("\n".join([f"--- {log}", *lines]))
    return "\n".join(tails)
