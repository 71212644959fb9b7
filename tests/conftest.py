"""Unit tests run on every core; all others one after another, as they have fixed ports and want the machine."""

from __future__ import annotations

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """How many processes `-n auto` stands for; None leaves it to pytest-xdist, which counts the cores."""
    return None if config.option.markexpr == "unit" else 0
