"""Starting a child process that cannot outlive its parent, and knowing when it is ready.

A killed supervisor must leave nothing running. Each child asks the kernel to be killed when its parent dies
(`PR_SET_PDEATHSIG`); that request is bound to the parent *thread*, so children are started from main threads only,
and it is cleared by setuid, so it is made after the user has changed.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

READY_VARIABLE = "PRAKERJA_READY_FD"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class NotReadyError(RuntimeError):
    """A child ended, or let its time pass, before it said that it was ready."""


def die_with_parent(parent: int, death_signal: signal.Signals = signal.SIGKILL) -> None:
    """Have the calling process get `death_signal` when the process `parent`, which started it, ends."""
    if _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died before the request was made
        os.kill(os.getpid(), signal.SIGKILL)


def spawn(
    arguments: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    user: int | None = None,
    directory: Path | str = "/",
    death_signal: signal.Signals = signal.SIGKILL,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child whose output goes to `log` (appended), which dies with this process.

    user: the user and group id to run as; only root may name one.
    death_signal: what the child gets when this process dies; PostgreSQL wants SIGQUIT, to take its own children along.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        die_with_parent(parent, death_signal)

    with log.open("ab") as output:
        return subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=directory,
            preexec_fn=before_exec,
            pass_fds=pass_fds,
            start_new_session=True,
        )


def spawn_and_wait_ready(
    start: Callable[[Mapping[str, str], Sequence[int]], subprocess.Popen[bytes]], *, name: str, timeout: float
) -> subprocess.Popen[bytes]:
    """Start a child that calls `notify_ready`, and return once it has.

    start: gets the extra environment and the file descriptor to pass on; returns the child.
    timeout: seconds.
    Raises NotReadyError, naming the child; the child has then been killed.
    """
    read_end, write_end = os.pipe()
    try:
        child = start({READY_VARIABLE: str(write_end)}, (write_end,))
    finally:
        os.close(write_end)
    try:
        deadline = time.monotonic() + timeout
        readable, _, _ = select.select([read_end], [], [], max(0.0, deadline - time.monotonic()))
        if readable and os.read(read_end, 16) == b"ready\n":
            return child
        if readable:  # it closed its end, as it does a moment before it has ended
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
        ended = child.poll()
        child.kill()
        child.wait()
        reason = f"ended with status {ended}" if ended is not None else f"was not ready within {timeout:.0f} s"
        raise NotReadyError(f"{name} {reason}")
    finally:
        os.close(read_end)


def notify_ready() -> None:
    """Tell whoever started this process that it serves now (nothing, where nobody asked)."""
    descriptor = os.environ.pop(READY_VARIABLE, None)
    if descriptor is not None:
        os.write(int(descriptor), b"ready\n")
        os.close(int(descriptor))


def stop(child: subprocess.Popen[bytes], *, grace: float) -> None:
    """End a child: SIGTERM, then SIGKILL after `grace` seconds. Returns once it has gone."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
