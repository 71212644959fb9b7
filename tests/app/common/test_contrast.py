"""Contrast of every text colour in the style sheet against the grounds that it may stand on (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re

import pytest

from app.common.pages.palette import PALETTE
from app.common.pages.rendering import STYLE

pytestmark = pytest.mark.unit

# Where a rule sets text colour alone: the grounds of the part of the page that its selector names.
_DARK_PARTS = (".top", ".hero", ".foot")
_GROUNDS = {".card": ("white",), ".state": ("white",), ".facts": ("white",), ".summary": ("blush",)}
_LIGHT_GROUNDS = ("paper", "white")

_COLOUR = re.compile(r"(?<![-\w])color:(#[0-9a-f]{6})")
_GROUND = re.compile(r"background:(#[0-9a-f]{6})")


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _pairs() -> list[tuple[str, str, str]]:
    pairs = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", STYLE):
        colour, ground = _COLOUR.search(body), _GROUND.search(body)
        if colour is None:
            continue
        for selector in selectors.split(","):
            first = selector.split()[0]
            if ground is not None:
                grounds = [ground[1]]
            elif first in _DARK_PARTS:
                grounds = [PALETTE["deep"]]
            else:
                grounds = [PALETTE[name] for name in _GROUNDS.get(first.split(":")[0], _LIGHT_GROUNDS)]
            pairs += [(selector, colour[1], each) for each in grounds]
    return pairs


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("selector", "colour", "ground"), _pairs())
def test_text_has_enough_contrast(selector: str, colour: str, ground: str) -> None:
    assert contrast(colour, ground) >= 4.5, selector


@pytest.mark.parametrize("ground", ["white", "paper"])
def test_the_edge_of_a_field_can_be_seen(ground: str) -> None:
    assert contrast(PALETTE["edge"], PALETTE[ground]) >= 3  # WCAG 2.2, 1.4.11
