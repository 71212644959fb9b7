"""Outputs as the program makes them with production's settings, without an engine."""

from __future__ import annotations

import copy
from typing import Any

from tests.stacks.environments import recorded


def sample_outputs() -> dict[str, Any]:
    """A document of its own for each caller."""
    return copy.deepcopy(recorded("prod").exports)
