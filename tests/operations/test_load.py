"""The load generator's report is taken as it is, and no other machine is ever asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.load import Load, answer, outcome, seconds_of

pytestmark = pytest.mark.unit

REPORT = {
    "latencies": {"50th": 2_000_000, "99th": 75_100_000, "max": 496_593_543},
    "requests": 1000,
    "status_codes": {"0": 5, "200": 980, "303": 5, "502": 10},
    "errors": ["502 Bad Gateway", "EOF"],
}


def test_what_got_no_answer_or_an_error_has_failed() -> None:
    found = outcome(REPORT)
    assert (found.requests, found.failed, found.failed_share) == (1000, 15, 0.015)
    assert (found.median, found.at_99_per_cent) == (2.0, 75.1)


@pytest.mark.parametrize(
    ("site", "per_second", "seconds"),
    [("https://prakerja.go.id", 1, 1), ("http://127.0.0.1:8080", 100_000, 1), ("http://127.0.0.1:8080", 1, 10_000)],
)
def test_load_is_bounded_and_stays_on_this_machine(site: str, per_second: int, seconds: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        Load(site, ("/",), per_second=per_second, seconds=seconds, results=tmp_path / "results")


def test_an_answer_tells_who_served_it_and_whether_it_is_one() -> None:
    record = {
        "code": 200,
        "timestamp": "2026-11-24T12:14:14.963145526Z",
        "headers": {"X-Served-By": ["portal-5d8f-x"], "Content-Length": ["2"]},
    }
    found = answer(record)
    assert (found.well, found.served_by, found.asked_at.microsecond) == (True, "portal-5d8f-x", 963145)
    assert not answer({**record, "code": 0, "headers": None}).well


def test_a_number_of_requests_takes_whole_seconds() -> None:
    assert seconds_of(200_000, 300) == 667
