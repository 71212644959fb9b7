"""The section of the figures' document."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.bench_preview import _CHANGED, Figures, render
from operations.preview.base_platform import CHANGE

pytestmark = pytest.mark.unit

FIGURES = Figures(whole=50.0, parts={"Base: pulumi up": 30.0, CHANGE: 10.0}, without_policies=7.5, resources=500)


def test_the_policies_part_is_what_is_saved_without_them() -> None:
    assert FIGURES.policies == 5.0
    assert Figures(whole=50.0, parts={CHANGE: 10.0}, without_policies=11.0, resources=1).policies == 0.0


def test_figures_stand_beside_their_aims() -> None:
    section = render(FIGURES)
    assert "| A preview, 500 resources | 50.0 s | 60 s |" in section
    assert "| &ensp;the policies' part of the whole | 5 % | 10 % |" in section


def test_what_the_bench_changes_is_there_to_change() -> None:
    name, old, _ = _CHANGED
    assert (Path(__file__).parents[2] / name).read_text().count(old) == 1
