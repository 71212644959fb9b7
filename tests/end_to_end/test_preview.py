"""Previews of real changes under the real engine, in sandboxes without a data plane, beside which anything may run."""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.platform import Platform, eventually
from tests.end_to_end.processes import family, still_running

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

# The command, the supervisor, the cloud and the first of the rest.
_SANDBOX_PROCESSES = 3
_PREVIEW = ("preview", "--base", "HEAD")


@pytest.fixture
def program(platform: Platform) -> Iterator[Platform]:
    """The copy, whose program a test may change."""
    yield platform
    platform.restore()


def preview(program: Platform) -> tuple[int, dict[str, Any], str]:
    """The exit code, report.json and report.md."""
    with tempfile.TemporaryDirectory() as directory:
        done = program.prakerja(*_PREVIEW, "--out", directory)
        assert (Path(directory) / "report.json").exists(), done.stderr
        report = json.loads((Path(directory) / "report.json").read_text())
        return done.returncode, report, (Path(directory) / "report.md").read_text()


def sections(report: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows by risk."""
    return {section["risk"]: section["rows"] for section in report["sections"]}


def test_an_unchanged_program_changes_nothing_and_leaves_nothing_behind(program: Platform) -> None:
    before = directories()
    code, report, _ = preview(program)
    assert (report["sections"], report["verdict"], code) == ([], "no changes", 0)
    assert report["unchanged"] > 200
    assert directories() == before
    assert program.changed_files() == ""
    assert not program.checkout.state.ports_file.exists()


def test_a_replaced_database_is_on_top_with_its_cause_and_tags_are_folded(program: Platform) -> None:
    program.edit("components/database.py", {'"prakerja_master"': '"prakerja_owner"'})
    program.edit("Pulumi.prod.yaml", {"cost_centre: prakerja": "cost_centre: other"})
    code, report, comment = preview(program)
    assert (code, report["verdict"]) == (7, "destructive change")
    found = sections(report)
    (row,) = found["state"]
    assert (row["type"], row["names"], row["causes"]) == ("aws:rds/instance:Instance", ["prod-database"], ["username"])
    assert "protected" in row["notes"][0]
    assert comment.index("prod-database") < comment.index("Tags only")
    assert sum(len(row["names"]) for row in found["tags"]) > 50
    assert len(comment) < 60_000


def test_a_program_that_refuses_its_settings_is_no_change(program: Platform) -> None:
    program.edit("Pulumi.prod.yaml", {"deletion_protection:": "deletion_protecton:"})
    done = program.prakerja(*_PREVIEW)
    assert done.returncode == 1
    assert "deletion_protecton" in done.stderr


def test_interrupted_it_leaves_nothing_running_and_nothing_behind(program: Platform) -> None:
    before = directories()
    command = program.start(*_PREVIEW)
    eventually(lambda: len(family(command.pid)) > _SANDBOX_PROCESSES, "its sandbox runs")
    processes = family(command.pid)
    assert len(directories() - before) == 1
    command.send_signal(signal.SIGINT)
    _, complaints = command.communicate(timeout=120)
    assert command.returncode == 130, complaints
    assert directories() == before
    assert still_running(processes) == set()


def directories() -> set[Path]:
    """Those of previews."""
    return set(Path(tempfile.gettempdir()).glob("prakerja-preview-*"))
