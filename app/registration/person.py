"""A participant's name and birth date, and how to reach them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from app.common.pages.indonesian import WIB
from app.registration.faults import FaultCode, FieldError

LONGEST_NAME = 100
LONGEST_EMAIL = 254  # RFC 5321: a path of 256 less its angle brackets
_LONGEST_LOCAL_PART = 64
_EARLIEST_BIRTH = date(1900, 1, 1)

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PUNCTUATION_OF_NAMES = frozenset(" .,'\u2019`-/")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
_TELEPHONE_PUNCTUATION = re.compile(r"[ ().-]")
# Mobile numbers are 8, an operator's digit other than 0, and 7 to 10 more.
_MOBILE = re.compile(r"(?:\+62|62|0)(8[1-9][0-9]{7,10})")


def parse_name(text: str) -> str:
    """A name with single spaces, of 1 to 100 characters. Raises FieldError."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > LONGEST_NAME:
        raise FieldError(FaultCode.TOO_LONG)
    if not any(character.isalpha() for character in name) or not all(_may_be_in_name(each) for each in name):
        raise FieldError(FaultCode.NOT_A_NAME)
    return name


def _may_be_in_name(character: str) -> bool:
    return character in _PUNCTUATION_OF_NAMES or unicodedata.category(character)[0] in "LM"


def parse_birth_date(text: str) -> date:
    """A date as YYYY-MM-DD, from 1900 to today in Indonesia. Raises FieldError."""
    if not _ISO_DATE.fullmatch(text):
        raise FieldError(FaultCode.NOT_A_DATE)
    if text < _EARLIEST_BIRTH.isoformat():
        raise FieldError(FaultCode.OUT_OF_RANGE)
    try:
        birth_date = date.fromisoformat(text)
    except ValueError as error:
        raise FieldError(FaultCode.NOT_A_DATE) from error
    if birth_date > datetime.now(WIB).date():
        raise FieldError(FaultCode.OUT_OF_RANGE)
    return birth_date


def parse_email(text: str) -> str:
    """An address with its domain in lower case; the local part is the mail host's own affair. Raises FieldError."""
    local, _, domain = text.strip().rpartition("@")
    address = f"{local}@{domain.lower()}"
    if len(address) > LONGEST_EMAIL or len(local) > _LONGEST_LOCAL_PART:
        raise FieldError(FaultCode.TOO_LONG)
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain.lower()):
        raise FieldError(FaultCode.NOT_AN_ADDRESS)
    return address


def parse_telephone(text: str) -> str:
    """An Indonesian mobile number in E.164 (+628…), from what people write: 0812-3456-7890. Raises FieldError."""
    match = _MOBILE.fullmatch(_TELEPHONE_PUNCTUATION.sub("", text.strip()))
    if match is None:
        raise FieldError(FaultCode.NOT_A_MOBILE_NUMBER)
    return f"+62{match[1]}"
