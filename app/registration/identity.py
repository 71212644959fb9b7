"""What an Indonesian identity number says, and what it must agree with.

A NIK has 16 digits: six for the region that issued it (province, regency, district: two each), six for the birth
date as DDMMYY with 40 added to the day for women, and a serial of four that starts at 0001.
"""

from __future__ import annotations

import re
from datetime import date

from app.registration.faults import FaultCode, FieldError

_SIXTEEN_DIGITS = re.compile(r"[0-9]{16}")
_LOWEST_PROVINCE = 11  # Aceh; no closed list above it, as provinces are still being founded
_WOMANS_DAY_OFFSET = 40


def parse_nik(text: str) -> str:
    """A NIK whose region and serial can exist. Raises FieldError."""
    parse_family_card_number(text)
    province, regency, district = int(text[0:2]), int(text[2:4]), int(text[4:6])
    if province < _LOWEST_PROVINCE or regency == 0 or district == 0:
        raise FieldError(FaultCode.NO_SUCH_REGION)
    if text[12:] == "0000":
        raise FieldError(FaultCode.NO_SUCH_SERIAL)
    return text


def parse_family_card_number(text: str) -> str:
    """A family card's number: 16 digits, with no rule for what they say. Raises FieldError."""
    if not _SIXTEEN_DIGITS.fullmatch(text):
        raise FieldError(FaultCode.NOT_16_DIGITS)
    return text


def agrees(nik: str, birth_date: date) -> bool:
    """Whether a NIK carries this birth date, of a man or of a woman."""
    day, rest = int(nik[6:8]), nik[8:12]
    return day in (birth_date.day, birth_date.day + _WOMANS_DAY_OFFSET) and rest == f"{birth_date:%m%y}"
