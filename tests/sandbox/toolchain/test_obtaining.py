"""A tool is found, downloaded or built, in that order; what is downloaded is checked; nothing half-made is kept."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox.toolchain.obtain import obtain
from sandbox.toolchain.plan import Source, ToolError, cost, grouped, kept_path, plan, plan_all
from sandbox.toolchain.release import MIRROR_VARIABLE
from sandbox.toolchain.tools import ETCD, KUBECTL, KUBERNETES, PULUMI, Tool
from tests.serving import serving

pytestmark = pytest.mark.unit

SCRIPT = b"#!/bin/sh\necho v3.259.0\n"


@dataclass
class Mirror:
    """A loopback release host; `break_after` makes it end an archive's connection early."""

    files: dict[str, bytes] = field(default_factory=dict)
    break_after: int | None = None
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def publish(self, archive: bytes, sha256: str) -> None:
        self.put(PULUMI, archive, f"{sha256}  {PULUMI.release.archive}\n")

    def put(self, tool: Tool, archive: bytes, checksums: str) -> None:
        directory = f"/{tool.name}/{tool.version}"
        self.files[f"{directory}/{tool.release.archive}"] = archive
        self.files[f"{directory}/{tool.release.checksums}"] = checksums.encode()


class MirrorHandler(BaseHTTPRequestHandler):
    """Serves a mirror's files, with ranges."""

    def __init__(self, mirror: Mirror, *arguments: object) -> None:
        self._mirror = mirror
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self._mirror.requests.append((self.path, asked))
        body = self._mirror.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if start >= len(body):
            self.send_error(416)
            return
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        limit = self._mirror.break_after
        self.wfile.write(
            body[start:] if limit is None or not self.path.endswith(".gz") else body[start : start + limit]
        )

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on PATH, an empty cache, and no release host that answers."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv(MIRROR_VARIABLE, "http://127.0.0.1:9")
    for tool in (PULUMI, *KUBERNETES):
        monkeypatch.delenv(tool.variable, raising=False)
    (tmp_path / "path").mkdir()


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    mirror = Mirror()
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), partial(MirrorHandler, mirror))) as port:
        monkeypatch.setenv(MIRROR_VARIABLE, f"http://127.0.0.1:{port}")
        yield mirror


def archive_of(content: bytes) -> bytes:
    assert PULUMI.release.member is not None
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo(PULUMI.release.member)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def executable(path: Path, version: str) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


def left_behind() -> list[str]:
    return sorted(path.name for path in kept_path(PULUMI).parent.glob("*") if path.suffix != ".lock")


def test_one_named_by_the_environment_is_taken_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path / "path" / "pulumi", "v3.300.0")
    named = executable(tmp_path / "named" / "my-pulumi", "v3.259.0")
    monkeypatch.setenv(PULUMI.variable, str(named))
    found = plan(PULUMI)
    assert (found.source, found.path) == (Source.NAMED, named)


@pytest.mark.parametrize("version", ["v3.258.9", "v4.0.0", "nothing"])
def test_one_named_by_the_environment_that_does_not_fit_is_refused(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PULUMI.variable, str(executable(tmp_path / "named" / "pulumi", version)))
    with pytest.raises(ToolError, match=r"PRAKERJA_PULUMI=.*3\.259\.0 or a newer 3\.x"):
        plan(PULUMI)


def test_a_fitting_one_on_path_is_used_where_it_lies(tmp_path: Path) -> None:
    path = executable(tmp_path / "path" / "pulumi", "v3.260.1")
    assert obtain(plan(PULUMI)) == path


def test_an_older_one_on_path_is_passed_over(tmp_path: Path, mirror: Mirror) -> None:
    executable(tmp_path / "path" / "pulumi", "v3.100.0")
    archive = archive_of(SCRIPT)
    mirror.publish(archive, hashlib.sha256(archive).hexdigest())
    assert plan(PULUMI).source is Source.RELEASE


def test_a_release_is_downloaded_checked_and_kept(mirror: Mirror) -> None:
    archive = archive_of(SCRIPT)
    mirror.publish(archive, hashlib.sha256(archive).hexdigest())
    path = obtain(plan(PULUMI))
    assert subprocess.check_output([path]) == b"v3.259.0\n"
    assert left_behind() == ["pulumi"]
    assert plan(PULUMI).source is Source.CACHE


def test_a_wrong_checksum_is_a_clear_failure_and_nothing_is_kept(mirror: Mirror) -> None:
    mirror.publish(archive_of(SCRIPT), "0" * 64)
    with pytest.raises(ToolError, match="not the published 0000"):
        obtain(plan(PULUMI))
    assert left_behind() == []


def test_a_broken_download_carries_on_where_it_was(mirror: Mirror) -> None:
    archive = archive_of(os.urandom(4096))
    mirror.publish(archive, hashlib.sha256(archive).hexdigest())
    mirror.break_after = 1000
    with pytest.raises(ToolError, match="carries on from there"):
        obtain(plan(PULUMI))
    mirror.break_after = None
    obtain(plan(PULUMI))
    assert mirror.requests[-1][1] == "bytes=1000-"
    assert left_behind() == ["pulumi"]


def test_a_list_of_checksums_without_the_archive_is_an_error(mirror: Mirror) -> None:
    mirror.files[f"/{PULUMI.name}/{PULUMI.version}/{PULUMI.release.checksums}"] = b"abc  something-else.tar.gz\n"
    with pytest.raises(ToolError, match="lists no pulumi-v"):
        plan(PULUMI)


def test_where_nothing_can_work_it_fails_at_once_and_says_what_would() -> None:
    with pytest.raises(
        ToolError, match=r"no Go to build it with: install pulumi or Go, or name one by PRAKERJA_PULUMI"
    ):
        plan(PULUMI)


def test_without_a_release_it_is_built(tmp_path: Path) -> None:
    executable(tmp_path / "path" / "go", "go version")
    found = plan(PULUMI)
    assert found.source is Source.BUILD
    assert found.minutes > 0
    assert found.megabytes > 0


def test_calls_at_the_same_time_download_once(mirror: Mirror) -> None:
    archive = archive_of(SCRIPT)
    mirror.publish(archive, hashlib.sha256(archive).hexdigest())
    found = plan(PULUMI)
    threads = [threading.Thread(target=obtain, args=(found,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.endswith(".gz") for path, _ in mirror.requests].count(True) == 1


def test_a_release_that_is_the_executable_itself_with_its_sum_alone_is_checked_and_kept(mirror: Mirror) -> None:
    content = b"#!/bin/sh\necho Client Version: v1.37.2\n"
    mirror.put(KUBECTL, content, hashlib.sha256(content).hexdigest())
    path = obtain(plan(KUBECTL))
    assert subprocess.check_output([path]) == b"Client Version: v1.37.2\n"
    assert plan(KUBECTL).source is Source.CACHE


def test_a_wrong_sum_of_an_executable_keeps_nothing(mirror: Mirror) -> None:
    mirror.put(KUBECTL, SCRIPT, "0" * 64)
    with pytest.raises(ToolError, match="not the published 0000"):
        obtain(plan(KUBECTL))
    assert not kept_path(KUBECTL).exists()


@pytest.mark.parametrize(
    ("version", "fits"), [("1.37.1", False), ("1.37.2", True), ("1.37.9", True), ("1.38.0", False), ("1.36.9", False)]
)
def test_programs_that_speak_to_each_other_are_of_one_minor_version(tmp_path: Path, version: str, fits: bool) -> None:
    executable(tmp_path / "path" / "go", "go version")
    executable(tmp_path / "path" / "kubectl", version)
    assert (plan(KUBECTL).source is Source.PATH) is fits


def test_what_is_built_at_once_is_counted_once_and_shown_together(tmp_path: Path) -> None:
    executable(tmp_path / "path" / "go", "go version")
    plans = plan_all((PULUMI, *KUBERNETES))
    assert [[found.tool for found in group] for group in grouped(plans)] == [[PULUMI], list(KUBERNETES)]
    pulumi, etcd = plans[:2]
    assert cost(plans) == (pulumi.minutes + etcd.minutes, pulumi.megabytes + etcd.megabytes)


def test_what_is_downloaded_one_by_one_is_counted_one_by_one(mirror: Mirror) -> None:
    for tool in KUBERNETES:
        mirror.put(tool, SCRIPT, f"{'0' * 64}  {tool.release.archive}")
    assert cost(plan_all(KUBERNETES))[1] == sum(tool.megabytes for tool in KUBERNETES)


def test_some_can_be_found_where_others_are_built(tmp_path: Path) -> None:
    executable(tmp_path / "path" / "go", "go version")
    executable(tmp_path / "path" / "etcd", "etcd Version: 3.7.3")
    found = {each.tool: each.source for each in plan_all(KUBERNETES)}
    assert found.pop(ETCD) is Source.PATH
    assert set(found.values()) == {Source.BUILD}
