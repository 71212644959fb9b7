"""The command line: it teaches, its errors are one line, and its exit codes are the table's."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def sandbox_directory(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


def prakerja(sandbox_directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [REPOSITORY / "prakerja", *arguments],
        env={**os.environ, "PRAKERJA_SANDBOX_DIR": str(sandbox_directory)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ("up", "./prakerja up --like dev"),
        ("test", "./prakerja test -m unit"),
        ("env", 'eval "$(./prakerja env)"'),
        ("weight", "./prakerja weight portal 5"),
        ("mail", "./prakerja mail --json"),
        ("preview", "./prakerja preview --like dev --base origin/main --out report"),
        ("outputs", "./prakerja outputs --format html --out platform.html"),
    ],
)
def test_help_teaches_by_example(command: str, example: str, sandbox_directory: Path) -> None:
    done = prakerja(sandbox_directory, command, "--help")
    assert done.returncode == 0
    assert example in done.stdout


def test_a_pipe_gets_no_colours(sandbox_directory: Path) -> None:
    assert "\x1b" not in prakerja(sandbox_directory, "status").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["up", "--likes", "dev"],
        ["weight", "portal", "101"],
        ["weight", "portal", "half"],
        ["preview", "--like", "prodd"],
        ["preview", "--base", "nowhere"],
        ["preview", "--events", "/nowhere"],
    ],
)
def test_wrong_use_exits_2(arguments: list[str], sandbox_directory: Path) -> None:
    assert prakerja(sandbox_directory, *arguments).returncode == 2


def test_an_environment_that_does_not_exist_is_one_line_that_names_those_that_do(sandbox_directory: Path) -> None:
    done = prakerja(sandbox_directory, "up", "--like", "prodd")
    assert done.returncode == 2
    assert done.stderr == "error: --like prodd: there is no Pulumi.prodd.yaml; there are dev, prod\n"
    assert not sandbox_directory.exists()


def test_another_environment_than_it_was_made_with_is_refused_and_says_what_to_do(sandbox_directory: Path) -> None:
    sandbox_directory.mkdir()
    (sandbox_directory / "like").write_text("prod\n")
    done = prakerja(sandbox_directory, "up", "--like", "dev")
    assert done.returncode == 4
    assert "made like prod" in done.stderr
    assert "./prakerja down --erase" in done.stderr


@pytest.mark.parametrize("command", ["env", "status", "mail", "weight portal 50"])
def test_commands_that_need_a_running_sandbox_exit_3_without_one(command: str, sandbox_directory: Path) -> None:
    done = prakerja(sandbox_directory, *command.split())
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == "error: nothing runs here; `./prakerja up` starts the sandbox"


def test_status_for_machines_works_when_nothing_runs(sandbox_directory: Path) -> None:
    report = json.loads(prakerja(sandbox_directory, "status", "--json").stdout)
    assert report["running"] is False
    assert report["state_dir"] == str(sandbox_directory)


def test_down_is_idempotent(sandbox_directory: Path) -> None:
    assert prakerja(sandbox_directory, "down").returncode == 0
    assert prakerja(sandbox_directory, "down", "--erase").returncode == 0
    assert not sandbox_directory.exists()


def test_commands_say_which_platform_they_are_about(sandbox_directory: Path) -> None:
    announced = prakerja(sandbox_directory, "status").stderr.splitlines()[0]
    assert "stack sandbox" in announced
    assert "account 123456789012" in announced
    assert f"backend file://{sandbox_directory}" in announced
