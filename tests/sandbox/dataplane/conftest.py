"""A data plane on a cloud double, with a sandbox directory of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sandbox.dataplane.children import REPOSITORY
from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.state import LOOPBACK, SandboxState
from tests.sandbox.dataplane.artefact import build
from tests.sandbox.dataplane.cloud import CloudDouble

T = TypeVar("T")


class RunningDataPlane:
    """A data plane process, its cloud and its sandbox."""

    def __init__(self, directory: Path) -> None:
        self.cloud = CloudDouble()
        self.state = SandboxState(directory)
        self.state.create()
        ports = {"site": free_port(), "redirect": free_port(), "aws": self.cloud.port, "aws_provider": 1}
        self.state.ports_file.write_text(json.dumps(ports))
        self.sha256, data = build()
        self.cloud.objects[f"/artefacts/artefacts/{self.sha256}.tar"] = data
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        def launch(environment: Any, descriptors: Any) -> subprocess.Popen[bytes]:
            return spawn(
                [sys.executable, "-m", "sandbox.dataplane", "--state-dir", str(self.state.directory)],
                log=self.state.logs / "dataplane.log",
                environment={**os.environ, **environment},
                directory=REPOSITORY,
                pass_fds=descriptors,
            )

        self.process = spawn_and_wait_ready(launch, name="the data plane", timeout=20)
        return self.process

    @property
    def site(self) -> str:
        return f"http://{LOOPBACK}:{self.state.ports().site}"

    @property
    def redirect(self) -> str:
        return f"http://{LOOPBACK}:{self.state.ports().redirect}"

    @property
    def log(self) -> str:
        return (self.state.logs / "dataplane.log").read_text()

    def status(self) -> dict[str, Any]:
        file = self.state.run / "dataplane.json"
        found = dict(json.loads(file.read_text())) if file.exists() else {}
        return {"instances": {}, "haproxy": {}, "databases": {}, "caches": {}, **found}

    def healthy(self) -> set[str]:
        """The targets that were last told to be healthy."""
        return {name for name, health in self.cloud.health().items() if health["state"] == "healthy"}

    def await_healthy(self, count: int, seconds: float = 20) -> None:
        self.until(lambda: len(self.healthy()) == count, f"{count} healthy targets", seconds)

    def until(self, condition: Callable[[], T], what: str, seconds: float = 20) -> T:
        """Wait until a condition holds; fail with the data plane's log."""
        return until(condition, what, seconds, lambda: self.log)

    def close(self) -> None:
        stop(self.process, grace=20)
        self.cloud.close()


def until(condition: Callable[[], T], what: str, seconds: float, log: Callable[[], str] = str) -> T:
    """Wait until a condition holds; fail with a log."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"no {what} within {seconds:.0f} s\n{log()}")
        threading.Event().wait(0.02)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def alive(process: int) -> bool:
    """Whether a process runs (a zombie doesn't)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)


@pytest.fixture
def data_plane() -> Iterator[RunningDataPlane]:
    directory = Path(tempfile.mkdtemp(prefix="prakerja-"))  # short: Unix sockets' paths have 107 characters
    running = RunningDataPlane(directory / "sandbox")
    yield running
    running.close()
    shutil.rmtree(directory)
