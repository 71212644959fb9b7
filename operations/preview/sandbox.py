"""A throw-away sandbox for one preview: the cloud's APIs and the providers, and nothing that runs.

It lies in a temporary directory, has ports of its own and needs no credential: any number of them runs beside the
machine's one whole sandbox. Nothing is left of it, however the preview ends.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from operations.checkout import Checkout
from operations.exit_codes import OperationError
from operations.sandbox_process import log_tails
from sandbox.processes import NotReadyError, spawn, spawn_and_wait_ready, stop
from sandbox.state import PREFERRED_PORTS, SandboxState
from sandbox.supervisor import alone_services, child_environment

_READY_SECONDS = 300.0
_STOP_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class PreviewSandbox:
    """checkout: the program's directory, which is filled first with the base and then with the change, and the
    sandbox. scratch: for what else the preview writes.
    """

    checkout: Checkout
    scratch: Path


@contextmanager
def preview_directory() -> Iterator[PreviewSandbox]:
    """A temporary directory with the sandbox's directories in it, its ports chosen; nothing runs yet."""
    with tempfile.TemporaryDirectory(prefix="prakerja-preview-") as name:
        scratch = Path(name).resolve()
        state = SandboxState(scratch / "sandbox")
        state.create()
        state.choose_ports(dict.fromkeys(PREFERRED_PORTS, 0))
        checkout = Checkout(repository=scratch / "program", state=state)
        checkout.passphrase_file.write_text(secrets.token_urlsafe(32))
        yield PreviewSandbox(checkout=checkout, scratch=scratch)


@contextmanager
def running(preview: PreviewSandbox, repository: Path) -> Iterator[None]:
    """The sandbox's processes; they end with the block, and with this process however it ends.

    repository: the checkout whose code they run. Raises OperationError where they can't start.
    """
    state = preview.checkout.state
    begun: list[Popen[bytes]] = []
    command = [sys.executable, "-u", "-m", "sandbox.supervisor", "--state-dir", str(state.directory)]

    def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> Popen[bytes]:
        supervisor = spawn(
            [*command, "--alone", str(preview.checkout.repository)],
            log=state.logs / "supervisor.log",
            environment={**child_environment(), "PYTHONPATH": str(repository), **extra},
            pass_fds=descriptors,
        )
        begun.append(supervisor)
        return supervisor

    try:
        spawn_and_wait_ready(start, name="the preview's sandbox", timeout=_READY_SECONDS)
        yield
    except NotReadyError as error:
        names = ("supervisor", *(service.name for service in alone_services(preview.checkout.repository)))
        raise OperationError(f"{error}:\n{log_tails(preview.checkout, names)}") from error
    finally:  # interrupted while it starts, too
        for supervisor in begun:
            stop(supervisor, grace=_STOP_SECONDS)


def empty_program(preview: PreviewSandbox) -> Path:
    """The program's directory, emptied of the revision before. The stack's settings go with it: they are made anew."""
    directory = preview.checkout.repository
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory
