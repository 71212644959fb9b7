"""The API's messages; the OpenAPI document is made from these types."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from app.registration.faults import Fault
from app.registration.person import LONGEST_EMAIL, LONGEST_NAME

SixteenDigits = Annotated[str, Meta(pattern="^[0-9]{16}$")]


class AccountRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person who registers."""

    nik: Annotated[
        SixteenDigits,
        Meta(
            description="Region (6 digits), birth date DDMMYY with 40 added to the day for women, serial (4 digits).",
            examples=["3201016703980001"],
        ),
    ]
    family_card_number: Annotated[SixteenDigits, Meta(examples=["3201010101100001"])]
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME, examples=["Siti Rahmawati"])]
    birth_date: Annotated[
        str,
        Meta(
            pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            description="From 1900 to today, and the one that the NIK carries.",
            examples=["1998-03-27"],
            extra_json_schema={"format": "date"},
        ),
    ]
    email: Annotated[
        str,
        Meta(max_length=LONGEST_EMAIL, examples=["siti@contoh.id"], extra_json_schema={"format": "email"}),
    ]
    telephone: Annotated[
        str,
        Meta(
            description="An Indonesian mobile number, from 08… or +628…; kept as E.164.",
            examples=["081234567890", "+6281234567890"],
        ),
    ]


class AccountCreated(Struct, frozen=True):
    """The account's row is committed, and so is the order to mail its holder a link."""

    account_id: UUID


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a request was refused (RFC 9457). `faults` has one entry for each field at fault."""

    status: int
    code: str
    title: str
    faults: list[Fault] = []
