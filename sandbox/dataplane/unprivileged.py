"""Running a program as the unprivileged user where the sandbox runs as root.

`python -m sandbox.dataplane.unprivileged PROGRAM ARGUMENT...` gives up root and becomes PROGRAM. PostgreSQL refuses to
run as root, and a virtual machine's service must not run as root either.

The user keeps one capability, CAP_DAC_READ_SEARCH: a checkout or an interpreter under root's home directory could not
be reached without it. It lets a process read, never write; where the sandbox runs as an ordinary user, its processes
can read that user's files just so.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from signal import Signals

from sandbox.processes import die_with_parent

UNPRIVILEGED_USER = 65534  # `nobody`, present in every Linux distribution's passwd (initdb wants an entry)
_PR_GET_PDEATHSIG = 2
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAP_DAC_READ_SEARCH = 2
_LINUX_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


def as_unprivileged(arguments: Sequence[str]) -> list[str]:
    """The arguments that run a program unprivileged: through this module where we are root, else unchanged."""
    if os.geteuid() != 0:
        return list(arguments)
    return [sys.executable, "-m", __name__, *arguments]


def own(path: str | os.PathLike[str]) -> None:
    """Give a directory to the unprivileged user, where that isn't the user we are."""
    if os.geteuid() == 0:
        os.chown(path, UNPRIVILEGED_USER, UNPRIVILEGED_USER)


def give_up_root() -> None:
    """Become the unprivileged user, with leave to read and search, here and in programs executed from here."""
    # Without it access(2), by which initdb looks at its directories, would answer as if the capability were not there.
    _check(_libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "PR_SET_SECUREBITS")
    os.setgroups([])
    os.setgid(UNPRIVILEGED_USER)
    os.setuid(UNPRIVILEGED_USER)
    mask = 1 << _CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(_LINUX_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable
    _check(_libc.capset(header, sets), "capset")
    _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH, 0, 0), "PR_CAP_AMBIENT_RAISE")


def _check(result: int, call: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{call} failed")


def main() -> None:
    parent = os.getppid()
    death_signal = ctypes.c_int()
    _check(_libc.prctl(_PR_GET_PDEATHSIG, ctypes.byref(death_signal), 0, 0, 0), "PR_GET_PDEATHSIG")
    give_up_root()
    if death_signal.value:
        die_with_parent(parent, Signals(death_signal.value))  # setuid has cleared it
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - becomes the program that its parent named


if __name__ == "__main__":
    main()
