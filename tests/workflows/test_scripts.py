"""CI's scripts, with stand-ins for the commands that they call."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.operations.preview import events as made

pytestmark = pytest.mark.unit

REPOSITORY = Path(__file__).parents[2]
SUMMARY: made.Event = {"summaryEvent": {"resourceChanges": {}}}


def stand_in(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{script}\n")
    path.chmod(0o755)


def run(script: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run([script, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The scripts in a checkout in which nothing else is real."""
    shutil.copytree(REPOSITORY / ".ci", tmp_path / ".ci")
    (tmp_path / "policy").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("found", "approved", "code"),
    [(0, "", 0), (6, "", 0), (7, "", 7), (7, "true", 0), (7, "yes", 7), (8, "true", 8), (1, "true", 1)],
)
def test_a_pull_request_fails_by_what_was_found(checkout: Path, found: int, approved: str, code: int) -> None:
    stand_in(checkout / "prakerja", f'echo "$@"; exit {found}')
    done = run(checkout / ".ci" / "preview", "abc", "there", PRAKERJA_DESTRUCTION_APPROVED=approved)
    assert done.returncode == code
    assert done.stdout == "preview --base abc --out there\n"


def test_without_a_base_the_command_chooses_it(checkout: Path) -> None:
    stand_in(checkout / "prakerja", 'echo "$@"')
    assert run(checkout / ".ci" / "preview").stdout == "preview --out report\n"


@pytest.fixture
def pulumi(tmp_path: Path) -> Path:
    """A directory for PATH whose `pulumi` prints what `events` says and exits as `status` says."""
    stand_in(
        tmp_path / "bin" / "pulumi",
        f'cat {tmp_path}/events; cp {tmp_path}/results "$PRAKERJA_POLICY_RESULTS"; exit "$(cat {tmp_path}/status)"',
    )
    (tmp_path / "results").write_text(json.dumps({"schema_version": 1, "results": []}))
    (tmp_path / "status").write_text("0")
    return tmp_path


def preview_cloud(pulumi: Path, *events: made.Event) -> subprocess.CompletedProcess[str]:
    (pulumi / "events").write_text("".join(json.dumps(event) + "\n" for event in events))
    (pulumi / "scratch").mkdir()
    script, report = REPOSITORY / ".ci" / "preview-cloud", str(pulumi / "report")
    path = f"{pulumi / 'bin'}:{os.environ['PATH']}"
    done = run(script, "prod", report, PATH=path, TMPDIR=str(pulumi / "scratch"))
    assert list((pulumi / "scratch").iterdir()) == [], "the events hold values"
    return done


def test_the_preview_of_the_cloud_is_reported_and_its_events_are_not_kept(pulumi: Path) -> None:
    done = preview_cloud(pulumi, *made.replaced(made.DATABASE, "database", "username", "a", "b"), SUMMARY)
    assert done.returncode == 7, done.stderr
    assert sorted(path.name for path in (pulumi / "report").iterdir()) == ["report.html", "report.json", "report.md"]


def test_a_preview_of_the_cloud_that_failed_in_silence_has_failed(pulumi: Path) -> None:
    (pulumi / "status").write_text("255")
    assert preview_cloud(pulumi, made.unchanged(made.ROLE, "role"), SUMMARY).returncode == 255


def test_a_preview_of_the_cloud_that_could_not_be_made_has_failed(pulumi: Path) -> None:
    (pulumi / "status").write_text("255")
    assert preview_cloud(pulumi).returncode not in {0, 6, 7, 8}


@pytest.mark.parametrize(
    ("script", "called"),
    [
        ("drift", "refresh --stack prod --preview-only --expect-no-changes --diff --non-interactive"),
        ("up", "up --stack prod --yes --refresh --non-interactive --policy-pack policy"),
    ],
)
def test_the_literal_command_is_called_on_the_stack_that_is_named(checkout: Path, script: str, called: str) -> None:
    stand_in(checkout / "bin" / "pulumi", 'echo "$@"; exit 3')
    done = run(checkout / ".ci" / script, "prod", PATH=f"{checkout / 'bin'}:{os.environ['PATH']}")
    assert (done.stdout.strip(), done.returncode) == (called, 3)
    assert run(checkout / ".ci" / script).returncode != 0, "no stack is the default"
