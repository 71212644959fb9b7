"""NIK and family-card numbers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.registration.faults import FaultCode, FieldError
from app.registration.identity import agrees, parse_family_card_number, parse_nik

pytestmark = pytest.mark.unit

BIRTH_DATES = [
    date(1960, 1, 1),
    date(1998, 3, 27),
    date(1999, 12, 31),
    date(2000, 2, 29),
    date(2001, 10, 9),
    date(2005, 8, 17),
]


def nik(birth_date: date, *, woman: bool, region: str = "320101", serial: str = "0001") -> str:
    return f"{region}{birth_date.day + 40 * woman:02d}{birth_date:%m%y}{serial}"


@pytest.mark.parametrize("woman", [False, True])
@pytest.mark.parametrize("birth_date", BIRTH_DATES)
def test_a_nik_agrees_with_the_birth_date_it_carries_and_no_near_one(birth_date: date, woman: bool) -> None:
    number = parse_nik(nik(birth_date, woman=woman))
    assert agrees(number, birth_date)
    for days in (-40, -31, -1, 1, 31, 40, 366):
        assert not agrees(number, birth_date + timedelta(days=days))


@pytest.mark.parametrize("day", ["00", "32", "40", "72", "99"])
def test_a_day_that_no_month_has_agrees_with_nothing(day: str) -> None:
    number = f"320101{day}03980001"
    assert not any(agrees(number, date(1998, 3, each)) for each in range(1, 32))


@pytest.mark.parametrize("region", ["110101", "320101", "539910", "979999"])
@pytest.mark.parametrize("serial", ["0001", "9999"])
def test_any_region_and_serial_that_can_exist_is_taken(region: str, serial: str) -> None:
    assert parse_nik(nik(BIRTH_DATES[0], woman=False, region=region, serial=serial))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("320101270398000", FaultCode.NOT_16_DIGITS),
        ("32010127039800011", FaultCode.NOT_16_DIGITS),
        ("320101270398000a", FaultCode.NOT_16_DIGITS),
        (" 201012703980001", FaultCode.NOT_16_DIGITS),
        ("320101270398000\u0661", FaultCode.NOT_16_DIGITS),
        ("3201012703980001\n", FaultCode.NOT_16_DIGITS),
        ("1001012703980001", FaultCode.NO_SUCH_REGION),
        ("0001012703980001", FaultCode.NO_SUCH_REGION),
        ("3200012703980001", FaultCode.NO_SUCH_REGION),
        ("3201002703980001", FaultCode.NO_SUCH_REGION),
        ("3201012703980000", FaultCode.NO_SUCH_SERIAL),
    ],
)
def test_a_number_that_can_be_no_nik_is_refused(number: str, code: FaultCode) -> None:
    with pytest.raises(FieldError) as refused:
        parse_nik(number)
    assert refused.value.code == code


def test_a_family_card_number_is_any_16_digits() -> None:
    assert parse_family_card_number("0000000000000000") == "0000000000000000"
    with pytest.raises(FieldError):
        parse_family_card_number("320101010110000")
