"""Numbers, dates and times as they are written in Indonesian; times in Western Indonesian Time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)


def number(value: int) -> str:
    """5965048 → 5.965.048"""
    return f"{value:,}".replace(",", ".")


def date(value: datetime) -> str:
    """11 April 2020"""
    local = value.astimezone(WIB)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def moment(value: datetime) -> str:
    """16 April 2020 pukul 23.59 WIB"""
    return f"{date(value)} pukul {value.astimezone(WIB):%H.%M} WIB"


def period(first: datetime, last: datetime) -> str:
    """11-16 April 2020 (with an en dash), or both dates in full where the months differ."""
    start, end = first.astimezone(WIB), last.astimezone(WIB)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}\u2013{date(last)}"
    return f"{date(first)} \u2013 {date(last)}"
