"""An image's tag tells builds apart, and its build sees the archive alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.artefact_build import BuiltArtefact
from components.container_image import ARCHIVE, CONTEXT, DOCKERFILE, image_tag, write_context

pytestmark = pytest.mark.unit


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / DOCKERFILE).parent.mkdir()
    (tmp_path / DOCKERFILE).write_text("FROM base\n")
    return tmp_path


def built(directory: Path, content: str) -> BuiltArtefact:
    path = directory / f"{content}.tar"
    path.write_text(content)
    return BuiltArtefact(path=path, sha256=content, python="3.11", architecture="x86_64")


def test_another_archive_or_another_dockerfile_has_another_tag(source: Path) -> None:
    tags = {image_tag(source, built(source, "one")), image_tag(source, built(source, "two"))}
    (source / DOCKERFILE).write_text("FROM another\n")
    tags.add(image_tag(source, built(source, "one")))
    assert len(tags) == 3


def test_the_same_build_has_the_same_tag(source: Path) -> None:
    assert image_tag(source, built(source, "one")) == image_tag(source, built(source, "one"))


def test_the_context_is_the_newest_archive_and_nothing_else(source: Path) -> None:
    for content in ("one", "two", "two"):
        write_context(source, built(source, content))
    assert [path.name for path in (source / CONTEXT).iterdir()] == [ARCHIVE]
    assert (source / CONTEXT / ARCHIVE).read_text() == "two"
    assert (source / "one.tar").read_text() == "one"
