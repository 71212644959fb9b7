"""The Dockerfile makes an image that runs the archive's services, as nobody in particular, on a base that is pinned."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.artefact_build import build_artefact, cache_directory
from tests.stacks.environments import REPOSITORY

DOCKERFILE = REPOSITORY / "app" / "Dockerfile"
# What the base image must have, as the Debian release of the pinned one packages it.
SUITE, PACKAGES = "bookworm", "python3.11,ca-certificates"
NEEDED = ("buildah", "mmdebstrap")


@pytest.mark.unit
def test_the_linter_finds_nothing() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([linter, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout


@pytest.mark.unit
def test_every_stage_stands_on_the_base_that_is_pinned_by_digest() -> None:
    text = DOCKERFILE.read_text()
    assert re.search(r"^ARG BASE=\S+:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert {line.split()[1] for line in text.splitlines() if line.startswith("FROM ")} == {"${BASE}"}


@dataclass(frozen=True)
class Builder:
    """buildah with a storage of its own, which needs neither Docker nor a daemon."""

    storage: Path

    def __call__(self, *arguments: str | Path, expect: int = 0) -> str:
        places = [
            "--root",
            str(self.storage / "root"),
            "--runroot",
            str(self.storage / "run"),
            "--storage-driver",
            "vfs",
        ]
        done = subprocess.run(
            ["buildah", *places, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == expect, done.stderr
        return done.stdout.strip() or done.stderr.strip()


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    if os.geteuid() != 0 or any(shutil.which(tool) is None for tool in NEEDED):
        pytest.skip(f"building an image needs root and {' and '.join(NEEDED)}")
    builder = Builder(tmp_path_factory.mktemp("images"))
    yield builder
    builder("rm", "--all")
    shutil.rmtree(builder.storage)  # a copy of the base for each layer: a gigabyte


@pytest.fixture(scope="module")
def base(builder: Builder) -> str:
    """An image with what the base has, made of Debian's packages: the pinned one is in a registry out of reach."""
    archive = cache_directory().parent / "test" / f"{SUITE}.tar"
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_suffix(f".{os.getpid()}.tar")
        make = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(unfinished)]
        subprocess.run(make, check=True, capture_output=True, timeout=280)
        unfinished.replace(archive)
    container = builder("from", "scratch")
    builder("add", container, archive, "/")
    builder("commit", "--quiet", container, "localhost/base")
    return "localhost/base"


@pytest.fixture(scope="module")
def image(builder: Builder, base: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    context = tmp_path_factory.mktemp("context")
    shutil.copyfile(build_artefact(REPOSITORY, "x86_64").path, context / "artefact.tar")
    (context / "authorities.pem").write_text("authorities")
    builder(
        *("build", "--quiet", "--isolation", "chroot", "--file", DOCKERFILE, "--tag", "localhost/services"),
        *("--build-arg", f"BASE={base}", "--build-arg", "DATABASE_CA_BUNDLE=authorities.pem"),
        *("--label", "id.go.prakerja.artefact.sha256=0123", context),
    )
    return "localhost/services"


@pytest.fixture(scope="module")
def inside(builder: Builder, image: str) -> Iterator[Path]:
    """The image's files."""
    container = builder("from", image)
    yield Path(builder("mount", container))
    builder("umount", container)


@pytest.mark.sandbox
def test_the_image_runs_as_a_user_without_rights_and_carries_its_labels(builder: Builder, image: str) -> None:
    config: dict[str, Any] = json.loads(builder("inspect", "--type", "image", image))["OCIv1"]["config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["python3.11", "-m", "app.run"]
    assert config["Labels"]["id.go.prakerja.artefact.sha256"] == "0123"


@pytest.mark.sandbox
def test_the_image_holds_the_archive_and_its_compiled_modules(inside: Path) -> None:
    with tarfile.open(build_artefact(REPOSITORY, "x86_64").path) as archive:
        for member in archive:
            unpacked = inside / "opt/prakerja" / member.name
            content = archive.extractfile(member)
            assert content is not None
            assert unpacked.read_bytes() == content.read(), member.name
    assert list((inside / "opt/prakerja/app/__pycache__").glob("run.*.pyc"))


@pytest.mark.sandbox
def test_what_the_service_may_not_change_is_not_its_own(inside: Path) -> None:
    for path in ("opt/prakerja/app/run.py", "etc/prakerja/database-ca.pem"):
        status = (inside / path).stat()
        assert status.st_uid == 0
        assert status.st_mode & 0o022 == 0


@pytest.mark.sandbox
def test_a_container_starts_the_services_and_says_which_variable_it_lacks(builder: Builder, image: str) -> None:
    container = builder("from", image)
    said = builder("run", "--isolation", "chroot", container, "--", "python3.11", "-m", "app.run", expect=2)
    assert "PRAKERJA_SERVICE is not set" in said
