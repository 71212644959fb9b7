"""Names, birth dates, addresses and telephone numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.common.pages.indonesian import WIB
from app.registration.faults import FaultCode, FieldError
from app.registration.person import parse_birth_date, parse_email, parse_name, parse_telephone

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Siti Rahmawati", "Siti Rahmawati"),
        ("  Siti \t Rahmawati\n", "Siti Rahmawati"),
        ("Suharto", "Suharto"),
        ("Ma'ruf Amin, S.H.", "Ma'ruf Amin, S.H."),
        ("I Gusti Ngurah-Rai", "I Gusti Ngurah-Rai"),
        ("Ande\u0301", "And\u00e9"),
    ],
)
def test_a_name_is_kept_with_single_spaces(text: str, name: str) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize("text", ["12345", "Siti1", "Siti\x00", "<b>Siti</b>", "...", "Siti;", "\U0001f600 Siti"])
def test_what_no_name_has_is_refused(text: str) -> None:
    with pytest.raises(FieldError) as refused:
        parse_name(text)
    assert refused.value.code == FaultCode.NOT_A_NAME


def test_a_name_has_at_most_100_characters() -> None:
    assert len(parse_name("a" * 100)) == 100
    with pytest.raises(FieldError):
        parse_name("a" * 101)


def test_a_birth_date_is_from_1900_to_today() -> None:
    today = datetime.now(WIB).date()
    assert parse_birth_date(today.isoformat()) == today
    assert parse_birth_date("1900-01-01") == date(1900, 1, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1899-12-31", FaultCode.OUT_OF_RANGE),
        ("0098-03-27", FaultCode.OUT_OF_RANGE),
        ((datetime.now(WIB).date() + timedelta(days=1)).isoformat(), FaultCode.OUT_OF_RANGE),
        ("1999-02-29", FaultCode.NOT_A_DATE),
        ("1999-13-01", FaultCode.NOT_A_DATE),
        ("27-03-1998", FaultCode.NOT_A_DATE),
        ("1998-3-27", FaultCode.NOT_A_DATE),
        ("1998-W13-5", FaultCode.NOT_A_DATE),
        ("1998-03-27T00:00", FaultCode.NOT_A_DATE),
    ],
)
def test_any_other_birth_date_is_refused(text: str, code: FaultCode) -> None:
    with pytest.raises(FieldError) as refused:
        parse_birth_date(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("siti@contoh.id", "siti@contoh.id"),
        (" Siti.R+kerja@Contoh.CO.ID ", "Siti.R+kerja@contoh.co.id"),
        ("a@b-c.xn--p1ai", "a@b-c.xn--p1ai"),
    ],
)
def test_an_address_keeps_its_local_part_and_lowers_its_domain(text: str, address: str) -> None:
    assert parse_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "siti",
        "siti@",
        "@contoh.id",
        "siti@contoh",
        "siti@@contoh.id",
        "siti rahma@contoh.id",
        ".siti@contoh.id",
        "siti.@contoh.id",
        "si..ti@contoh.id",
        "siti@-contoh.id",
        "siti@contoh-.id",
        "siti@contoh..id",
        "siti@contoh.1",
        "siti@contoh.id\r\nbcc: x@y.id",
        "siti@10.0.0.1",
        "\u015biti@contoh.id",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(FieldError) as refused:
        parse_email(text)
    assert refused.value.code == FaultCode.NOT_AN_ADDRESS


@pytest.mark.parametrize("text", [f"{'a' * 65}@contoh.id", f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 67}.id"])
def test_an_address_fits_what_mail_allows(text: str) -> None:
    with pytest.raises(FieldError) as refused:
        parse_email(text)
    assert refused.value.code == FaultCode.TOO_LONG


@pytest.mark.parametrize(
    "text", ["081234567890", "+6281234567890", "6281234567890", "0812 3456 7890", "0812-3456-7890", "(0812) 3456.7890"]
)
def test_a_mobile_number_becomes_e164(text: str) -> None:
    assert parse_telephone(text) == "+6281234567890"


@pytest.mark.parametrize(
    "text",
    ["021555123", "0812345", "08123456789012345", "0801234567890", "+6591234567", "08x234567890", "++6281234567890"],
)
def test_any_other_number_is_refused(text: str) -> None:
    with pytest.raises(FieldError) as refused:
        parse_telephone(text)
    assert refused.value.code == FaultCode.NOT_A_MOBILE_NUMBER
