"""Outputs as the program makes them with production's settings, without an engine."""

from __future__ import annotations

import copy
import functools
from typing import Any

from tests.stacks.environments import run_program


def sample_outputs() -> dict[str, Any]:
    """A document of its own for each caller."""
    return copy.deepcopy(_made_once())


@functools.cache
def _made_once() -> dict[str, Any]:
    return run_program("prod").exports
