"""Artefacts are unpacked whole and inside their directory, or not at all."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from sandbox.dataplane.runner.artefacts import unpack
from sandbox.dataplane.runner.errors import BootError

pytestmark = pytest.mark.unit


def archive(directory: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    file = directory / "artefact.tar"
    with tarfile.open(file, "w") as output:
        member.size = len(content)
        output.addfile(member, io.BytesIO(content))
    return file


def test_an_archive_is_unpacked(tmp_path: Path) -> None:
    unpack(archive(tmp_path, tarfile.TarInfo("app/run.py"), b"x"), tmp_path / "out")
    assert (tmp_path / "out" / "app" / "run.py").read_bytes() == b"x"


def link(target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo("link")
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


@pytest.mark.parametrize("member", [tarfile.TarInfo("../escaped"), link("/etc/passwd"), link("../../x")])
def test_a_member_that_leads_outside_is_refused_and_leaves_nothing(tmp_path: Path, member: tarfile.TarInfo) -> None:
    with pytest.raises(BootError):
        unpack(archive(tmp_path, member), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["artefact.tar"]


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "artefact.tar").write_bytes(b"no archive at all")
    with pytest.raises(BootError):
        unpack(tmp_path / "artefact.tar", tmp_path / "out")
