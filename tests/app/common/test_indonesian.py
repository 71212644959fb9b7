"""Numbers and dates in Indonesian."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.common.pages import indonesian

pytestmark = pytest.mark.unit


def test_thousands_are_parted_by_dots() -> None:
    assert [indonesian.number(value) for value in (0, 999, 168_111, 5_965_048)] == ["0", "999", "168.111", "5.965.048"]


def test_times_are_western_indonesian() -> None:
    assert indonesian.moment(datetime(2020, 4, 16, 16, 59, tzinfo=UTC)) == "16 April 2020 pukul 23.59 WIB"
    assert indonesian.date(datetime(2020, 12, 31, 17, 0, tzinfo=UTC)) == "1 Januari 2021"


def test_a_period_names_a_shared_month_once() -> None:
    first = datetime(2020, 4, 10, 17, 0, tzinfo=UTC)
    assert indonesian.period(first, datetime(2020, 4, 16, 16, 59, tzinfo=UTC)) == "11\u201316 April 2020"
    assert indonesian.period(first, datetime(2020, 5, 1, tzinfo=UTC)) == "11 April 2020 \u2013 1 Mei 2020"
