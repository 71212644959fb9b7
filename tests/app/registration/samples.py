"""Applicants to register."""

from __future__ import annotations

from datetime import date, timedelta


def applicant(number: int = 0) -> dict[str, str]:
    """What the API takes; a person of her own for each number."""
    birth_date = date(1980, 1, 1) + timedelta(days=number % 9000)
    return {
        "nik": f"320101{birth_date.day + 40:02d}{birth_date:%m%y}{1 + number // 9000:04d}",
        "family_card_number": "3201010101100001",
        "name": "Siti Rahmawati",
        "birth_date": birth_date.isoformat(),
        "email": f"siti{number}@contoh.id",
        "telephone": "0812-3456-7890",
    }


def form(number: int = 0) -> dict[str, str]:
    """What the form sends for the same person."""
    sent = applicant(number)
    year, month, day = sent.pop("birth_date").split("-")
    return sent | {"birth_day": str(int(day)), "birth_month": str(int(month)), "birth_year": year}
