"""The two programs that a preview compares: a base revision, and the working tree as it is on disk.

Both are put into one directory, one after the other, so that nothing differs by where it lies. The repository itself is
only read.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from operations.exit_codes import ExitCode, OperationError

_MAIN = ("origin/main", "main")
_LOCK = "uv.lock"


@dataclass(frozen=True, kw_only=True)
class Base:
    """A revision. name: as it was asked for, or why it was chosen. commit: its 40 hex digits."""

    name: str
    commit: str


def find_base(repository: Path, asked: str | None) -> Base:
    """The revision that was asked for, by default the one at which the working tree's branch left the main branch.

    Raises OperationError where there is none.
    """
    if asked is not None:
        commit = _try_git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{asked}^{{commit}}")
        if commit is None:
            raise OperationError(f"--base {asked}: there is no such revision here", ExitCode.WRONG_USE)
        return Base(name=asked, commit=commit)
    for main in _MAIN:
        if commit := _try_git(repository, "merge-base", "HEAD", main):
            return Base(name=f"merge base with {main}", commit=commit)
    raise OperationError(
        f"there is no revision to compare with: neither {' nor '.join(_MAIN)} shares history with HEAD (a shallow "
        "clone has none); say which by --base",
        ExitCode.WRONG_USE,
    )


def extract(repository: Path, base: Base, directory: Path) -> None:
    """Put the files of a revision into an empty directory."""
    archive = subprocess.run(["git", "archive", base.commit], cwd=repository, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(directory, filter="data")


def copy_working_tree(repository: Path, directory: Path) -> None:
    """Put what is tracked or would be, as it is on disk now, into an empty directory."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source, target = repository / name, directory / name
        if source.is_file():  # tracked files may have been deleted
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def describe_working_tree(repository: Path) -> str:
    """What the working tree is, in words."""
    commit = _try_git(repository, "rev-parse", "HEAD") or "no commit"
    changed = _try_git(repository, "status", "--porcelain")
    return f"working tree at {commit[:12]}{' with uncommitted changes' if changed else ''}"


def python_for(directory: Path, repository: Path) -> Path:
    """The Python whose environment has what a program imports: this one, or one made from its own lock file.

    Raises OperationError where that can't be made.
    """
    if (directory / _LOCK).read_bytes() == (repository / _LOCK).read_bytes():
        return Path(sys.executable)
    environment = directory / ".venv"
    done = subprocess.run(
        [find_uv_bin(), "sync", "--frozen", "--no-dev", "--quiet", "--python", sys.executable],
        cwd=directory,
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment), "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise OperationError(f"the base's Python environment can't be made from its uv.lock: {done.stderr.strip()}")
    return environment / "bin" / "python"


def _try_git(repository: Path, *arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
