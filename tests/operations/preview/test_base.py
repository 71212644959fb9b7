"""Which revision a change is compared with, and what of the working tree is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from operations.exit_codes import ExitCode, OperationError
from operations.preview.base import copy_working_tree, describe_working_tree, extract, find_base

pytestmark = pytest.mark.unit


def git(repository: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A branch with a commit of its own, beside a main branch that has gone on."""
    path = tmp_path / "repository"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    (path / "kept").write_text("as it was")
    (path / "gone").write_text("x")
    (path / ".gitignore").write_text("ignored\n")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "base")
    git(path, "switch", "-q", "-c", "change")
    (path / "kept").write_text("committed")
    git(path, "commit", "-q", "-a", "-m", "change")
    git(path, "switch", "-q", "main")
    git(path, "commit", "-q", "--allow-empty", "-m", "later")
    git(path, "switch", "-q", "change")
    return path


def test_by_default_the_base_is_where_the_branch_left_the_main_one(repository: Path) -> None:
    base = find_base(repository, None)
    assert base.commit == git(repository, "rev-parse", "main~1")
    assert base.name == "merge base with main"


def test_the_remote_main_branch_counts_before_the_local_one(repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/main", "change")
    assert find_base(repository, None).name == "merge base with origin/main"


def test_a_revision_that_is_not_there_is_wrong_use(repository: Path) -> None:
    for asked in ("nowhere", "--output=/tmp/x"):
        with pytest.raises(OperationError, match="no such revision") as failure:
            find_base(repository, asked)
        assert failure.value.code is ExitCode.WRONG_USE


def test_where_no_main_branch_is_known_the_base_must_be_named(repository: Path) -> None:
    git(repository, "branch", "-q", "-D", "main")
    with pytest.raises(OperationError, match="--base"):
        find_base(repository, None)
    assert find_base(repository, "HEAD").commit == git(repository, "rev-parse", "HEAD")


def test_the_base_is_what_was_committed_and_the_change_what_is_on_disk(repository: Path, tmp_path: Path) -> None:
    (repository / "kept").write_text("on disk")
    (repository / "gone").unlink()
    (repository / "new").mkdir()
    (repository / "new" / "file").write_text("not tracked yet")
    (repository / "ignored").write_text("x")
    base, change = tmp_path / "base", tmp_path / "change"
    base.mkdir()
    change.mkdir()
    extract(repository, find_base(repository, None), base)
    copy_working_tree(repository, change)
    assert (base / "kept").read_text() == "as it was"
    assert sorted(path.name for path in base.iterdir()) == [".gitignore", "gone", "kept"]
    assert (change / "kept").read_text() == "on disk"
    assert sorted(path.name for path in change.iterdir()) == [".gitignore", "kept", "new"]


def test_the_repository_is_only_read(repository: Path, tmp_path: Path) -> None:
    before = git(repository, "status", "--porcelain", "--branch"), git(repository, "worktree", "list")
    (tmp_path / "base").mkdir()
    extract(repository, find_base(repository, None), tmp_path / "base")
    assert (git(repository, "status", "--porcelain", "--branch"), git(repository, "worktree", "list")) == before


def test_uncommitted_changes_are_said(repository: Path) -> None:
    assert "uncommitted" not in describe_working_tree(repository)
    (repository / "kept").write_text("on disk")
    assert "uncommitted" in describe_working_tree(repository)
