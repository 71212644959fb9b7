"""Who else handles people's data for the platform: what of it, what for, where, and by what right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# UU PDP 27/2022, Article 20 (2): the grounds on which personal data may be processed.
LegalGround = Literal[
    "consent", "contract", "legal obligation", "vital interest", "public service", "legitimate interest"
]
# UU PDP 27/2022, Article 56: a country that protects as well, safeguards that bind the receiver, or the person's own
# consent, in this order.
TransferGround = Literal["equal protection", "binding safeguards", "consent"]
PersonalData = Literal[
    "name",
    "e-mail address",
    "telephone number",
    "birth date",
    "identity number",
    "family card number",
    "identity card picture",
    "face picture",
    "payment account",
    "training record",
    "password hash",
    "network address",
    "request contents",
    "mail contents",
]
INDONESIA = "ID"


@dataclass(frozen=True, kw_only=True)
class Bilingual:
    """A sentence that people read, in both languages of those who read it."""

    indonesian: str
    english: str


@dataclass(frozen=True, kw_only=True)
class DataProcessor:
    """A processor in the sense of UU PDP 27/2022, Articles 51 and 52, as a component that hands data to it knows it.

    name: of the company, and its service where it has several.
    purpose: what it does with the data, in a sentence.
    data: which.
    country: where it is processed, by ISO 3166-1 (`ID`).
    place: the region, or whatever is known of it.
    legal_ground: by what right.
    transfer: by what right it leaves Indonesia; needed where it does.
    """

    name: str
    purpose: Bilingual
    data: Sequence[PersonalData]
    country: str
    place: str
    legal_ground: LegalGround
    transfer: TransferGround | None = None

    def __post_init__(self) -> None:
        if not self.data:
            raise ValueError(f"data: '{self.name}' is given none; allowed: at least one kind of it")
        if (self.country == INDONESIA) == (self.transfer is not None):
            raise ValueError(
                f"transfer: {self.transfer!r} given for '{self.name}' in {self.country}; allowed: a ground where data "
                f"leaves Indonesia, none where it does not"
            )
