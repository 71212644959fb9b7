"""The provider as a process: ready when it says so, on loopback only, and ended by SIGTERM."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import Popen

import pytest

from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.state import SandboxState
from tests.sandbox.provider.engine_driver import EngineDriver

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[4]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Popen[bytes]]:
    state = SandboxState(tmp_path)
    state.create()
    state.choose_ports()

    def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> Popen[bytes]:
        return spawn(
            [sys.executable, "-m", "sandbox.aws.provider", "--state-dir", str(tmp_path)],
            log=state.logs / "provider.log",
            environment={**os.environ, **extra},
            directory=REPOSITORY,
            pass_fds=descriptors,
        )

    process = spawn_and_wait_ready(start, name="provider", timeout=60)
    yield process
    stop(process, grace=10)


def test_the_process_serves_once_it_is_ready_and_ends_at_sigterm(process: Popen[bytes], tmp_path: Path) -> None:
    engine = EngineDriver(f"127.0.0.1:{SandboxState(tmp_path).ports().aws_provider}")
    assert engine.resource("aws:ec2/vpc:Vpc", "it", cidrBlock="10.9.0.0/16").checked
    engine.channel.close()
    stop(process, grace=10)
    assert process.returncode == 0


def test_signals_that_come_while_it_ends_do_not_kill_it(process: Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        process.terminate()
        time.sleep(0.01)
    assert process.returncode == 0
