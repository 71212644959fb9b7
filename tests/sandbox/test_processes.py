"""A child is known to be ready, can be stopped, and never outlives its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from sandbox.processes import READY_VARIABLE, NotReadyError, spawn, spawn_and_wait_ready, stop
from sandbox.running import start_time

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def start(tmp_path: Path, code: str) -> subprocess.Popen[bytes]:
    return spawn([sys.executable, "-c", code], log=tmp_path / "log", environment=ENVIRONMENT)


def start_ready(tmp_path: Path, code: str, timeout: float = 20) -> subprocess.Popen[bytes]:
    def starter(extra: Mapping[str, str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
        return spawn(
            [sys.executable, "-c", code],
            log=tmp_path / "log",
            environment={**ENVIRONMENT, **extra},
            pass_fds=descriptors,
        )

    return spawn_and_wait_ready(starter, name="child", timeout=timeout)


def test_output_is_appended_to_the_log(tmp_path: Path) -> None:
    for word in ("one", "two"):
        assert start(tmp_path, f"print('{word}')").wait(20) == 0
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_a_child_that_says_it_is_ready_is_returned_running(tmp_path: Path) -> None:
    child = start_ready(tmp_path, "from sandbox.processes import notify_ready as n; n(); import time; time.sleep(60)")
    assert child.poll() is None
    stop(child, grace=5)
    assert child.returncode == -15


def test_a_child_that_ends_before_it_is_ready_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="child ended with status 3"):
        start_ready(tmp_path, "raise SystemExit(3)")


def test_a_child_whose_end_takes_a_moment_is_told_from_one_that_is_late(tmp_path: Path) -> None:
    code = f"import os, time; os.close(int(os.environ['{READY_VARIABLE}'])); time.sleep(0.3); raise SystemExit(3)"
    with pytest.raises(NotReadyError, match="child ended with status 3"):
        start_ready(tmp_path, code)


def test_a_child_that_is_never_ready_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"import os, pathlib, time; pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid())); time.sleep(60)"
    with pytest.raises(NotReadyError, match="not ready within 1 s"):
        start_ready(tmp_path, code, timeout=1)
    assert start_time(int(pid_file.read_text())) is None


def test_a_child_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    child = start_ready(tmp_path, code + "from sandbox.processes import notify_ready as n; n(); time.sleep(60)")
    stop(child, grace=0.2)
    assert child.returncode == -9


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    parent_code = f"""
import os, pathlib, sys, time
from sandbox.processes import spawn
child = spawn([sys.executable, "-c", "import time; time.sleep(60)"], log=pathlib.Path({str(tmp_path / "log")!r}),
              environment=dict(os.environ))
print(child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", parent_code], env=ENVIRONMENT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        started = start_time(pid)
        parent.kill()
    deadline = time.monotonic() + 10
    while start_time(pid) == started:
        assert time.monotonic() < deadline, "the child outlives its parent"
        time.sleep(0.02)
