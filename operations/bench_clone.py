"""The temporary clone of the last commit in which a bench does what it measures."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from operations.checkout import Checkout
from operations.console import err
from operations.exit_codes import ExitCode, OperationError
from operations.shell_environment import applied_to
from sandbox.running import holder
from sandbox.state import SandboxState

_LONGEST_SECONDS = 1800.0


def refuse_a_running_sandbox() -> None:
    """Raise OperationError where a sandbox runs: it would be measured too, and there is one at a time."""
    held = holder()
    if held is not None:
        raise OperationError(f"a sandbox runs: {held.directory}; `down` it first", ExitCode.REFUSED)


class Clone:
    """A clone and its sandbox."""

    def __init__(self, repository: Path, directory: Path, variables: Mapping[str, str]) -> None:
        """directory: a temporary one, which the clone is put into. variables: added to the environment."""
        self.directory = directory / "checkout"
        subprocess.run(["git", "clone", "--quiet", repository, self.directory], check=True)
        inherited = {name: value for name, value in os.environ.items() if name != "PRAKERJA_SANDBOX_DIR"}
        self._environment = {**inherited, **variables}
        self.checkout = Checkout(repository=self.directory, state=SandboxState(self.directory / ".sandbox"))

    @property
    def site(self) -> str:
        """The site's address."""
        return f"http://127.0.0.1:{self.checkout.state.ports().site}"

    def run(self, *arguments: str) -> int:
        """Run `./prakerja` and return its exit code."""
        err.print(f"$ ./prakerja {' '.join(arguments)}", style="dim")
        command = [str(self.directory / "prakerja"), *arguments]
        done = subprocess.run(command, env=self._environment, check=False, stdout=2, timeout=_LONGEST_SECONDS)
        return done.returncode

    def prakerja(self, *arguments: str) -> float:
        """Run `./prakerja`; returns how long it took, in seconds. Raises OperationError where it fails."""
        began = time.monotonic()
        code = self.run(*arguments)
        if code != ExitCode.DONE:
            raise OperationError(f"`./prakerja {' '.join(arguments)}` exited {code}")
        return time.monotonic() - began

    def pulumi_up(self, project: Path | None = None) -> float:
        """The literal `pulumi up` of the clone or another project; returns how long it took, in seconds."""
        began = time.monotonic()
        subprocess.run(
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
            cwd=project or self.directory,
            env=self.environment(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.monotonic() - began

    def environment(self) -> dict[str, str]:
        """The environment in which literal commands work on the sandbox."""
        return applied_to(self._environment, self.checkout)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file's text. Raises OperationError where `old` is not in it."""
        path = self.directory / file
        text = path.read_text()
        if old not in text:
            raise OperationError(f"{path} has no {old!r}")
        path.write_text(text.replace(old, new))

    def restore(self) -> None:
        """Put every tracked file back."""
        subprocess.run(["git", "checkout", "-q", "."], cwd=self.directory, check=True)

    def supervisor(self) -> int:
        """The process that has started everything. Raises OperationError where it has ended."""
        found = holder()
        if found is None:
            raise OperationError("the sandbox has ended while it was measured")
        return found.pid
