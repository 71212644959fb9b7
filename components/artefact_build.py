"""Builds the artefact: `app/` and its locked wheels as one reproducible archive, named by its SHA-256.

The same sources and the same lock file give the same bytes on every machine. What a build is made of (the locked
requirements, the sources, the platform) is hashed first, and a build of the same inputs is taken from the cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pulumi
from uv import find_uv_bin

PACKAGE = "prakerja-app"
PYTHON = "3.11"
# Amazon Linux 2023 has glibc 2.34: wheels built for that or older run there.
PLATFORMS = {"x86_64": "x86_64-manylinux_2_34", "arm64": "aarch64-manylinux_2_34"}
# Written by the installer, with what differs from machine to machine.
INSTALLER_RECORDS = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock"}
# What describes the services to other programs, and is not read on a machine.
NOT_RUN = {"Dockerfile", "pyproject.toml", "service.schema.json", "service.yaml"}
# Packages that run elsewhere: a change of theirs is no release of the services.
NOT_SERVICES = {"credential_rotation"}
# Goes into the cache's key: a build of an older format is not taken for one of this.
FORMAT = 1


class ArtefactBuildError(pulumi.RunError):
    """The artefact could not be built; the message holds what uv said."""


@dataclass(frozen=True, kw_only=True)
class BuiltArtefact:
    """A built archive.

    path: the archive's file.
    sha256: its digest, 64 hex digits.
    python: version of Python that its wheels are for.
    architecture: processor that its wheels are for.
    """

    path: Path
    sha256: str
    python: str
    architecture: Literal["x86_64", "arm64"]


def build_artefact(repository: Path, architecture: Literal["x86_64", "arm64"]) -> BuiltArtefact:
    """The artefact of `repository`'s services, from the cache where nothing in it has changed.

    Wheels that are not cached come from the package index. Raises ArtefactBuildError where uv fails.
    """
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    requirements = _uv(
        ["export", "--frozen", "--no-dev", "--no-header", "--no-emit-workspace", "--package", PACKAGE],
        directory=repository,
    )
    known = cache / f"{_input_digest(repository, requirements, architecture)}.json"
    if not known.exists():
        digest = _build(repository, requirements, architecture, cache)
        _write_atomically(known, json.dumps({"sha256": digest}).encode())
    digest = json.loads(known.read_text())["sha256"]
    path = cache / f"{digest}.tar"
    if not path.exists():
        known.unlink()
        return build_artefact(repository, architecture)
    return BuiltArtefact(path=path, sha256=digest, python=PYTHON, architecture=architecture)


def cache_directory() -> Path:
    """Where builds are kept, one directory for each user."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "prakerja" / "artefacts"


def _input_digest(repository: Path, requirements: str, architecture: str) -> str:
    inputs = _platform_digest(requirements, architecture)
    for name, path in _sources(repository):
        inputs.update(f"{name}\n{_mode(path):o}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return inputs.hexdigest()


def _platform_digest(requirements: str, architecture: str) -> hashlib._Hash:
    return hashlib.sha256(f"{FORMAT}\n{PYTHON}\n{PLATFORMS[architecture]}\n{requirements}\n".encode())


def _build(repository: Path, requirements: str, architecture: str, cache: Path) -> str:
    """Write the archive into the cache, and return its digest."""
    site_packages = _wheels(requirements, architecture, cache)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        archive = Path(scratch) / "artefact.tar"
        write_archive(archive, [*_sources(repository), *_installed(site_packages)])
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        archive.replace(cache / f"{digest}.tar")
        return digest


def _wheels(requirements: str, architecture: str, cache: Path) -> Path:
    """The locked wheels, unpacked. A release that changes only sources finds them here and needs no package index."""
    unpacked = cache / f"wheels-{_platform_digest(requirements, architecture).hexdigest()}"
    if not unpacked.exists():
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            locked, site_packages = Path(scratch) / "requirements.txt", Path(scratch) / "site-packages"
            locked.write_text(requirements)
            _install(locked, site_packages, architecture)
            if not unpacked.exists():  # another build may have been as quick
                site_packages.replace(unpacked)
    return unpacked


def _install(locked: Path, site_packages: Path, architecture: str) -> None:
    """Unpack the locked wheels for the target platform, whatever platform this machine is."""
    target = ["--target", str(site_packages), "--python-platform", PLATFORMS[architecture], "--python-version", PYTHON]
    exact = ["--requirements", str(locked), "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    _uv(["pip", "install", *target, *exact, "--python", sys.executable, "--link-mode", "copy"], directory=locked.parent)


def write_archive(archive: Path, members: list[tuple[str, Path]]) -> None:
    """Write `members` (name in the archive, file) so that only names, contents and executability make a difference."""
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in sorted(members):
            member = tarfile.TarInfo(name)
            member.size = path.stat().st_size
            member.mode = _mode(path)
            with path.open("rb") as content:
                tar.addfile(member, content)


def _sources(repository: Path) -> Iterator[tuple[str, Path]]:
    """What of `app/` a machine runs."""
    for path in sorted((repository / "app").rglob("*")):
        relative = path.relative_to(repository)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        elsewhere = relative.parts[1] in NOT_SERVICES
        if path.is_file() and not hidden and not elsewhere and path.name not in NOT_RUN:
            yield relative.as_posix(), path


def _installed(site_packages: Path) -> Iterator[tuple[str, Path]]:
    """The wheels' files, less console scripts (they begin with a path of this machine) and installer's records."""
    for path in site_packages.rglob("*"):
        relative = path.relative_to(site_packages)
        if not path.is_file() or relative.parts[0] == "bin" or path.suffix == ".pyc":
            continue
        if path.name in INSTALLER_RECORDS and (path.parent.suffix == ".dist-info" or path.parent == site_packages):
            continue
        yield f"site-packages/{relative.as_posix()}", path


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def _uv(arguments: list[str], *, directory: Path) -> str:
    """What uv prints. It is the uv that this environment was installed with, whatever PATH says."""
    done = subprocess.run([find_uv_bin(), *arguments], cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ArtefactBuildError(f"the artefact can't be built: uv {arguments[0]} failed:\n{done.stderr.strip()}")
    return done.stdout


def _write_atomically(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
        temporary.write(content)
    Path(temporary.name).replace(path)
