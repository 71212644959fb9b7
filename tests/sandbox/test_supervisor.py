"""The supervisor starts in order, restarts, stops in reverse, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.running import SupervisorRecord, holder, start_time
from sandbox.state import SandboxState

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[2]

# A stand-in child: appends its start and its orderly end to a journal beside its state directory.
CHILD = """
    import os, pathlib, signal, sys
    from sandbox.processes import notify_ready
    directory = pathlib.Path(sys.argv[sys.argv.index("--state-dir") + 1])
    journal = directory / "journal"
    def note(word):
        with journal.open("a") as file:
            file.write(f"{word} NAME\\n")
    def end(*_):
        note("end")
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    if (directory / "refuse-NAME").exists():
        sys.exit(7)
    note("start")
    notify_ready()
    while True:
        signal.pause()
"""

SUPERVISOR = """
    import pathlib, sys
    from sandbox.state import SandboxState
    from sandbox.supervisor import Service, supervise
    here = pathlib.Path(__file__).parent
    services = [Service(name=name, command=(sys.executable, str(here / f"{name}.py"))) for name in ("first", "second")]
    sys.exit(supervise(SandboxState(pathlib.Path(sys.argv[2])), services, sys.argv[3]))
"""


def eventually(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Stage:
    """A supervisor over two stand-in children, with a lock of its own."""

    def __init__(self, directory: Path) -> None:
        self.state = SandboxState(directory / "state")
        self.state.create()
        self.lock_name = f"prakerja-test-{uuid.uuid4().hex}"
        self._scripts = directory
        for name in ("first", "second"):
            (directory / f"{name}.py").write_text(textwrap.dedent(CHILD).replace("NAME", name))
        (directory / "supervisor.py").write_text(textwrap.dedent(SUPERVISOR))

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, self._scripts / "supervisor.py", "--state-dir", self.state.directory, self.lock_name],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )

    def start_ready(self) -> subprocess.Popen[bytes]:
        process = self.start()
        eventually(lambda: (r := SupervisorRecord.read(self.state)) is not None and r.ready, "the supervisor is ready")
        return process

    def record(self) -> SupervisorRecord:
        record = SupervisorRecord.read(self.state)
        assert record is not None
        return record

    def journal(self) -> list[str]:
        path = self.state.directory / "journal"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def supervisor(stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
    process = stage.start_ready()
    yield process
    process.kill()
    process.wait()


def test_children_start_in_order_and_stop_in_reverse(stage: Stage, supervisor: subprocess.Popen[bytes]) -> None:
    supervisor.terminate()
    assert supervisor.wait(20) == 0
    assert stage.journal() == ["start first", "start second", "end second", "end first"]


def test_a_child_that_dies_is_restarted_and_its_death_recorded(
    stage: Stage, supervisor: subprocess.Popen[bytes]
) -> None:
    before = stage.record().children
    os.kill(before["first"].pid, signal.SIGKILL)
    eventually(lambda: stage.record().children["first"].restarts == 1, "the first child is restarted")
    after = stage.record().children
    assert after["first"].pid != before["first"].pid
    assert "SIGKILL" in (after["first"].last_end or "")
    assert after["second"] == before["second"]


def test_a_child_that_cannot_be_restarted_is_tried_again(stage: Stage, supervisor: subprocess.Popen[bytes]) -> None:
    obstacle = stage.state.directory / "refuse-first"
    obstacle.touch()
    os.kill(stage.record().children["first"].pid, signal.SIGKILL)
    eventually(lambda: "status 7" in (stage.record().children["first"].last_end or ""), "the restart fails")
    obstacle.unlink()
    eventually(lambda: stage.record().children["first"].restarts == 1, "the first child is back")


def test_a_supervisor_killed_with_sigkill_leaves_nothing_running(
    stage: Stage, supervisor: subprocess.Popen[bytes]
) -> None:
    children = stage.record().children.values()
    supervisor.kill()
    supervisor.wait()
    eventually(lambda: all(start_time(child.pid) != child.started for child in children), "the children have gone")
    assert holder(stage.lock_name) is None


def test_a_second_supervisor_is_refused_and_the_first_is_named(
    stage: Stage, supervisor: subprocess.Popen[bytes]
) -> None:
    assert stage.start().wait(20) == 4
    held = holder(stage.lock_name)
    assert held is not None
    assert (held.pid, held.directory) == (supervisor.pid, stage.state.directory)


def test_a_child_that_never_starts_stops_those_before_it(stage: Stage) -> None:
    (stage.state.directory / "refuse-second").touch()
    assert stage.start().wait(20) == 1
    assert stage.journal() == ["start first", "end first"]


def test_children_see_nothing_of_the_users_accounts(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "token")
    process = stage.start_ready()
    try:
        environment = Path(f"/proc/{stage.record().children['first'].pid}/environ").read_text()
    finally:
        process.terminate()
        process.wait(20)
    assert "AWS_" not in environment
    assert "PULUMI_" not in environment
