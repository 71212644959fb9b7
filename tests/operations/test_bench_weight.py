"""Answers are counted by who served them, once the share has settled; failures from the very beginning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from operations.bench_weight import count, render
from operations.load import Answer

pytestmark = pytest.mark.unit

ENDED = datetime(2026, 1, 1, tzinfo=UTC)


def answered(served_by: str, seconds: float, status: int = 200) -> Answer:
    return Answer(asked_at=ENDED + timedelta(seconds=seconds), status=status, served_by=served_by)


def test_only_answers_after_the_share_has_settled_are_counted_and_all_failures() -> None:
    before = [answered("i-1", -1), answered("", -1, status=502), answered("portal-1", 1)]
    after = [answered("i-1", 3), answered("portal-5d8f-x", 4), answered("portal-5d8f-y", 5), answered("", 5, status=0)]
    moved = count([*before, *after], 50, 1.5, ENDED)
    assert (moved.counted, moved.by_containers, moved.requests, moved.failed) == (3, 2, 7, 2)
    assert "| 50 | 1.5 s | 3 | 2 | 66.7 % | 7 | 2 |" in render([moved])
