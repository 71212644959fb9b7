"""The measurements' section is replaced, and the rest of the document stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.bench_up import Figures, render
from operations.measurements import write

pytestmark = pytest.mark.unit

FIGURES = Figures(
    environment=20.0,
    cold=300.0,
    cold_parts={"pulumi up": 30.0},
    with_tools=50.0,
    with_tools_parts={"pulumi up": 31.0},
    control_plane=3.2,
    no_op=8.0,
    no_op_engine=6.0,
    bare=5.0,
    resources=250,
    memory=1234.5,
    kubernetes_memory=700.4,
    processes=120,
)


def test_figures_stand_beside_their_aims() -> None:
    section = render(FIGURES)
    assert "| `up` with nothing to do | 8.0 s | 25 s |" in section
    assert "| &ensp;within it: the control plane | 3.2 s | 5 s |" in section
    assert "| &ensp;Kubernetes and the pods | 700 MB |  |" in section
    assert "| &ensp;ratio of the two | 1.20 | 1.5 |" in section


def test_a_second_run_replaces_the_first_and_keeps_the_rest(tmp_path: Path) -> None:
    document = tmp_path / "measurements.md"
    document.write_text("# Measurements\n\nBefore.\n")
    write(document, "up", "one")
    document.write_text(document.read_text() + "\nAfter.\n")
    write(document, "up", "two")
    text = document.read_text()
    assert "one" not in text
    assert text.index("Before.") < text.index("two") < text.index("After.")
