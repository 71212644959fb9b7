"""Picking from an API's answer by JMESPath, the language that boto3's own paginators and waiters use."""

from __future__ import annotations

from typing import Any

import jmespath  # type: ignore[import-untyped] # it has no annotations


def pick(path: str, answer: Any) -> Any:
    """What is at `path` in an answer; None where there is nothing."""
    return jmespath.search(path, answer)
