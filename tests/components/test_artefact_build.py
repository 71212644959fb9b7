"""The artefact has the same bytes wherever it is built, and holds only what a machine runs."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import pytest

from components import artefact_build
from components.artefact_build import ArtefactBuildError, build_artefact, write_archive
from tests.stacks.environments import REPOSITORY

pytestmark = pytest.mark.unit


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small one, with a file of each kind that stays out."""
    root = tmp_path / "repository"
    for name in ("app/run.py", "app/portal/service.py", "app/portal/page.html"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    for name in (
        "pyproject.toml",
        "portal/service.yaml",
        "__pycache__/run.pyc",
        ".mypy_cache/x",
        "service.schema.json",
    ):
        (root / "app" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "app" / name).write_text(name)
    return root


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "prakerja" / "artefacts"


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """uv's part, played without the package index: one wheel, with what an installer leaves around it."""
    calls: list[list[str]] = []

    def uv(arguments: list[str], *, directory: Path) -> str:
        if arguments[0] == "export":
            return "wheel==1.0 --hash=sha256:00\n"
        calls.append(arguments)
        target = Path(arguments[arguments.index("--target") + 1])
        for name in ("wheel/__init__.py", "wheel-1.0.dist-info/METADATA", "wheel-1.0.dist-info/RECORD", "bin/wheel"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(f"{name} {'' if name.endswith(('.py', 'METADATA')) else directory}")
        return ""

    monkeypatch.setattr(artefact_build, "_uv", uv)
    return calls


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_it_holds_sources_and_wheels_and_nothing_of_this_machine(repository: Path, installs: list[list[str]]) -> None:
    artefact = build_artefact(repository, "x86_64")
    assert names(artefact.path) == [
        "app/portal/page.html",
        "app/portal/service.py",
        "app/run.py",
        "site-packages/wheel-1.0.dist-info/METADATA",
        "site-packages/wheel/__init__.py",
    ]
    assert str(repository.parent).encode() not in artefact.path.read_bytes()


def test_it_is_named_by_its_digest(repository: Path, installs: list[list[str]], cache: Path) -> None:
    artefact = build_artefact(repository, "x86_64")
    assert artefact.path == cache / f"{artefact.sha256}.tar"
    assert hashlib.sha256(artefact.path.read_bytes()).hexdigest() == artefact.sha256


def test_what_has_not_changed_is_not_built_again(repository: Path, installs: list[list[str]]) -> None:
    first = build_artefact(repository, "x86_64")
    (repository / "app" / "portal" / "service.yaml").write_text("read by the program, not by a machine")
    assert build_artefact(repository, "x86_64") == first
    assert len(installs) == 1


def test_a_cache_that_lost_the_archive_is_filled_again(repository: Path, installs: list[list[str]]) -> None:
    first = build_artefact(repository, "x86_64")
    first.path.unlink()
    assert build_artefact(repository, "x86_64") == first
    assert first.path.exists()


def test_a_changed_source_is_another_artefact(repository: Path, installs: list[list[str]]) -> None:
    first = build_artefact(repository, "x86_64")
    (repository / "app" / "run.py").write_text("changed")
    assert build_artefact(repository, "x86_64").sha256 != first.sha256
    assert len(installs) == 1  # its wheels are those of the first


def test_another_processor_has_wheels_of_its_own(repository: Path, installs: list[list[str]]) -> None:
    build_artefact(repository, "x86_64")
    build_artefact(repository, "arm64")
    assert len(installs) == 2


def test_wheels_are_for_the_machines_and_exactly_those_locked(repository: Path, installs: list[list[str]]) -> None:
    build_artefact(repository, "arm64")
    (arguments,) = installs
    assert arguments[arguments.index("--python-platform") + 1] == "aarch64-manylinux_2_34"
    assert arguments[arguments.index("--python-version") + 1] == "3.11"
    assert arguments[arguments.index("--only-binary") + 1] == ":all:"
    assert {"--require-hashes", "--no-deps"} <= set(arguments)


def test_only_names_contents_and_executability_count(tmp_path: Path) -> None:
    archives = []
    for number, order in enumerate((("a", "b"), ("b", "a"))):
        members = []
        for name in order:
            path = tmp_path / f"{number}-{name}"
            path.write_text(name)
            path.chmod(0o600 if number else 0o664)
            members.append((name, path))
        archive = tmp_path / f"{number}.tar"
        write_archive(archive, members)
        archives.append(archive.read_bytes())
    assert archives[0] == archives[1]


def test_what_uv_says_is_shown(tmp_path: Path) -> None:
    with pytest.raises(ArtefactBuildError, match=r"uv export failed:\n.+"):
        build_artefact(tmp_path, "x86_64")


def test_the_repositorys_own_requirements_can_be_exported_without_the_index() -> None:
    requirements = artefact_build._uv(
        ["export", "--frozen", "--offline", "--no-emit-workspace", "--package", artefact_build.PACKAGE],
        directory=REPOSITORY,
    )
    assert "starlette==" in requirements
    assert "moto==" not in requirements
