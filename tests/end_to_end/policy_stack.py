"""A small Pulumi project of its own on the sandbox's cloud: the real engine and providers, and nothing that runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from operations.checkout import SANDBOX_STACK, Checkout
from operations.shell_environment import applied_to
from sandbox.engine.launcher import place
from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.state import SandboxState
from sandbox.toolchain.obtain import obtain
from sandbox.toolchain.plan import plan
from sandbox.toolchain.tools import PULUMI

REPOSITORY = Path(__file__).parents[2]
_PROGRAMS = Path(__file__).parent / "policy_programs"
_PROCESSES = ("sandbox.aws.server", "sandbox.aws.provider", "sandbox.kubernetes.provider")


class PolicyStack:
    """The project's directory, its stack, and a copy of the policy pack beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "program"
        self.directory.mkdir()
        self.pack = directory / "policy"
        shutil.copytree(REPOSITORY / "policy", self.pack, ignore=shutil.ignore_patterns("__pycache__"))
        self.results_file = directory / "results.json"
        state = SandboxState(directory / ".sandbox")
        state.create()
        state.choose_ports()
        self.checkout = Checkout(repository=self.directory, state=state)
        self.checkout.passphrase_file.write_text("of a test")
        self.checkout.backend.mkdir()
        place(obtain(plan(PULUMI)), state.binaries)
        (self.directory / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
        (self.directory / f"Pulumi.{SANDBOX_STACK}.yaml").write_text("config:\n  aws:region: ap-southeast-3\n")
        self._processes = [self._start(module) for module in _PROCESSES]

    def stop(self) -> None:
        """End what was started."""
        for process in reversed(self._processes):
            stop(process, grace=10)

    def program(self, name: str) -> None:
        """Take another program for the stack."""
        shutil.copy(_PROGRAMS / name / "__main__.py", self.directory)

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the CLI in the project."""
        environment = {**os.environ, "PRAKERJA_POLICY_RESULTS": str(self.results_file)}
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.directory,
            env=applied_to(environment, self.checkout),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def results(self) -> list[dict[str, Any]]:
        """What the pack wrote last."""
        document: dict[str, list[dict[str, Any]]] = json.loads(self.results_file.read_text())
        return document["results"]

    def _start(self, module: str) -> subprocess.Popen[bytes]:
        state = self.checkout.state

        def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
            return spawn(
                [sys.executable, "-m", module, "--state-dir", str(state.directory)],
                log=state.logs / f"{module}.log",
                environment={**os.environ, **extra},
                directory=REPOSITORY,
                pass_fds=descriptors,
            )

        return spawn_and_wait_ready(start, name=module, timeout=60)
