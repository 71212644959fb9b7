"""The end of a log is found by lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.kubernetes.nodes.kubelet_api import tail_start

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("content", "lines", "tail"),
    [
        ("a\nb\nc\n", 1, "c\n"),
        ("a\nb\nc\n", 2, "b\nc\n"),
        ("a\nb\nc\n", 9, "a\nb\nc\n"),
        ("a\nb\nunfinished", 1, "unfinished"),
        ("a\n", 0, ""),
        ("", 5, ""),
    ],
)
def test_a_tail_has_so_many_lines(tmp_path: Path, content: str, lines: int, tail: str) -> None:
    file = tmp_path / "container.log"
    file.write_text(content)
    assert content[tail_start(file, lines) :] == tail
