"""The entry point makes the environment once, and says clearly what it lacks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The entry point with a lock file, and a machine of which only the named commands are there."""
    directory = tmp_path / "checkout"
    directory.mkdir()
    shutil.copy2(REPOSITORY / "prakerja", directory)
    shutil.copy2(REPOSITORY / "uv.lock", directory)
    commands = tmp_path / "path"
    commands.mkdir()
    for name in ("bash", "dirname", "readlink", "sha256sum", "cat", "env", "mkdir", "mktemp", "rm", "mv"):
        (commands / name).symlink_to(str(shutil.which(name)))
    return directory


def command(clone: Path, name: str, script: str) -> None:
    path = clone.parent / "path" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(clone: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "prakerja", "status"],
        env={"PATH": str(clone.parent / "path"), "HOME": str(clone.parent / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_new_enough_python_it_says_so(clone: Path) -> None:
    command(clone, "python3", '[ "$1" = --version ] && echo Python 3.9.2 && exit; exit 1')
    done = run(clone)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "prakerja: needs Python 3.11 or newer on PATH (or named by PRAKERJA_PYTHON); found Python 3.9.2"
    )


def test_the_environment_is_made_once_for_a_lock_file(clone: Path) -> None:
    """uv is replaced by one that makes an environment of a single command and counts its calls."""
    command(
        clone,
        "uv",
        f"""
case "$1" in --version) echo uv 0.13.9; exit;; esac
echo "$@" >> {clone}/calls
mkdir -p {clone}/.venv/bin
printf '#!/bin/sh\\necho handed over "$@"\\n' > {clone}/.venv/bin/python
chmod +x {clone}/.venv/bin/python
""",
    )
    command(clone, "chmod", f'exec {shutil.which("chmod")} "$@"')
    command(clone, "python3", f'exec {sys.executable} "$@"')
    first, second = run(clone), run(clone)
    assert first.stdout == second.stdout == "handed over -P -m operations.cli status\n"
    assert len((clone / "calls").read_text().splitlines()) == 1
    assert "--frozen --all-packages --all-groups" in (clone / "calls").read_text()
    with (clone / "uv.lock").open("a") as lock:
        lock.write("\n")
    run(clone)
    assert len((clone / "calls").read_text().splitlines()) == 2


def test_an_old_uv_on_path_is_not_used(clone: Path) -> None:
    command(clone, "uv", "echo uv 0.4.0")
    command(clone, "python3", 'case "$*" in *sys.executable*) echo python3;; *"-m venv"*|*"-m pip"*) exit 1;; esac')
    done = run(clone)
    assert done.returncode == 1
    assert "needs uv, or Python's venv or pip" in done.stderr
