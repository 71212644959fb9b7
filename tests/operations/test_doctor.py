"""The doctor tells what `up` would fail on, with a remedy, before anything is made."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from operations.checkout import Checkout
from operations.doctor import Verdict, examine, find
from sandbox.running import ChildRecord, Holder, SupervisorRecord, start_time
from sandbox.state import LOOPBACK, SandboxState

pytestmark = pytest.mark.unit


def verdicts(checkout: Checkout, subject: str) -> set[Verdict]:
    return {finding.verdict for finding in find(checkout) if finding.subject == subject}


@pytest.fixture
def fresh(checkout: Checkout) -> Checkout:
    """Nothing has been made here."""
    shutil.rmtree(checkout.state.directory)
    return checkout


def test_it_works_with_nothing_made_and_makes_nothing(fresh: Checkout) -> None:
    before = sorted(fresh.repository.iterdir())
    assert {"System", "Python", "Disk", "Memory", "Loopback", "Settings"} <= {found.subject for found in find(fresh)}
    assert sorted(fresh.repository.iterdir()) == before


def test_whatever_is_not_well_has_a_remedy(checkout: Checkout) -> None:
    assert all(finding.remedy for finding in find(checkout) if finding.verdict is not Verdict.OK)


def test_no_way_to_get_the_cli_is_a_problem(
    fresh: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PRAKERJA_TOOL_MIRROR", f"http://{LOOPBACK}:1")
    assert verdicts(fresh, "pulumi") == {Verdict.PROBLEM}
    with pytest.raises(SystemExit) as ended:
        examine(fresh, as_json=True)
    assert ended.value.code == 1
    assert {"subject", "verdict", "says", "remedy"} == json.loads(capsys.readouterr().out)[0].keys()


def test_a_kept_port_that_something_else_has_is_a_problem(checkout: Checkout) -> None:
    assert verdicts(checkout, "Ports") == {Verdict.OK}
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a sandbox may have just left it
        other.bind((LOOPBACK, checkout.state.ports().aws))
        other.listen()
        assert verdicts(checkout, "Ports") == {Verdict.PROBLEM}


def test_a_process_that_outlived_its_supervisor_is_a_problem(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.doctor.holder", lambda: None)  # whatever else runs on this machine
    started = start_time(os.getpid())
    assert started is not None
    child = ChildRecord(pid=os.getpid(), started=started, since="")
    SupervisorRecord(pid=1, started=0, since="", children={"cloud": child}).write(checkout.state)
    assert verdicts(checkout, "Sandbox") == {Verdict.PROBLEM}
    child.started += 1  # another process has the pid now
    SupervisorRecord(pid=1, started=0, since="", children={"cloud": child}).write(checkout.state)
    assert verdicts(checkout, "Sandbox") == {Verdict.OK}


def test_another_checkout_s_sandbox_is_a_problem(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Holder(pid=os.getpid(), directory=checkout.repository / "elsewhere")
    monkeypatch.setattr("operations.doctor.holder", lambda: other)
    assert verdicts(checkout, "Sandbox") == {Verdict.PROBLEM}
    own = Holder(pid=os.getpid(), directory=checkout.state.directory)
    monkeypatch.setattr("operations.doctor.holder", lambda: own)
    assert verdicts(checkout, "Sandbox") == {Verdict.OK}


def test_settings_that_have_changed_since_are_a_warning(checkout: Checkout) -> None:
    checkout.like_file.write_text("dev\n")
    assert verdicts(checkout, "Settings") == {Verdict.WARNING}


def test_too_little_disk_is_a_problem(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.doctor.STATE_MEGABYTES", 1 << 40)
    assert verdicts(checkout, "Disk") == {Verdict.PROBLEM}


def test_a_directory_without_a_sandbox_has_none_of_its_processes(tmp_path: Path) -> None:
    assert SupervisorRecord.read(SandboxState(tmp_path)) is None
