"""From what was sent to an applicant whose fields are sound, or to every field's fault at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.registration.faults import Fault, FaultCode, FieldError, fault
from app.registration.identity import agrees, parse_family_card_number, parse_nik
from app.registration.person import parse_birth_date, parse_email, parse_name, parse_telephone


@dataclass(frozen=True, kw_only=True, repr=False)
class Applicant:
    """A person who registers. Without a repr, so that it can't end up in a log."""

    nik: str
    family_card_number: str
    name: str
    birth_date: date
    email: str
    telephone: str


class InvalidApplicantError(ValueError):
    """At least one field has a fault."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


_PARSERS: dict[str, Callable[[str], Any]] = {
    "nik": parse_nik,
    "family_card_number": parse_family_card_number,
    "name": parse_name,
    "birth_date": parse_birth_date,
    "email": parse_email,
    "telephone": parse_telephone,
}
_LONGEST_NAME_SHOWN = 64  # of an unknown field


def validate(sent: Mapping[str, object]) -> Applicant:
    """The applicant that `sent` describes. Raises InvalidApplicantError with all faults, in the form's order."""
    parsed: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, parser in _PARSERS.items():
        try:
            parsed[name] = parser(_text(sent.get(name, "")))
        except FieldError as error:
            faults.append(fault(name, error.code))
    if "nik" in parsed and "birth_date" in parsed and not agrees(parsed["nik"], parsed["birth_date"]):
        faults.insert(0, fault("nik", FaultCode.BIRTH_DATE_DIFFERS))
    faults += [fault(name[:_LONGEST_NAME_SHOWN], FaultCode.UNKNOWN_FIELD) for name in sent.keys() - _PARSERS.keys()]
    if faults:
        raise InvalidApplicantError(faults)
    return Applicant(**parsed)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise FieldError(FaultCode.WRONG_TYPE)
    if not value.strip():
        raise FieldError(FaultCode.REQUIRED)
    return value
