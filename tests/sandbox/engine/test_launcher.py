"""The Pulumi CLI and the language host lie side by side, so that the CLI doesn't warn of a host found elsewhere."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.engine.launcher import place

pytestmark = pytest.mark.unit


@pytest.fixture
def pulumi(tmp_path: Path) -> Path:
    path = tmp_path / "cache" / "pulumi"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\necho one\n")
    path.chmod(0o755)
    return path


def test_the_cli_is_there_without_taking_disk_twice(pulumi: Path, tmp_path: Path) -> None:
    place(pulumi, tmp_path / "bin")
    assert (tmp_path / "bin" / "pulumi").samefile(pulumi)
    assert not (tmp_path / "bin" / "pulumi").is_symlink()


def test_the_host_can_be_executed(pulumi: Path, tmp_path: Path) -> None:
    place(pulumi, tmp_path / "bin")
    assert os.access(tmp_path / "bin" / "pulumi-language-python", os.X_OK)


def test_placing_again_changes_nothing_and_a_new_cli_replaces_the_old(pulumi: Path, tmp_path: Path) -> None:
    place(pulumi, tmp_path / "bin")
    place(pulumi, tmp_path / "bin")
    newer = pulumi.with_name("newer")
    newer.write_text("#!/bin/sh\necho two\n")
    newer.chmod(0o755)
    place(newer, tmp_path / "bin")
    assert subprocess.check_output([tmp_path / "bin" / "pulumi"]) == b"two\n"
    assert sorted(path.name for path in (tmp_path / "bin").iterdir()) == ["pulumi", "pulumi-language-python"]


def test_a_cli_named_by_a_link_is_followed(pulumi: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(pulumi)
    place(link, tmp_path / "bin")
    assert (tmp_path / "bin" / "pulumi").samefile(pulumi)
