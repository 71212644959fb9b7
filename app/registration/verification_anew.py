"""Sending the verification mail anew, for who knows the account's identity number and address.

Whether there is such an account, whether it is verified by now, and whether it is too soon is told to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.common.database import Database
from app.common.identity_keys import IdentityKeys
from app.registration.accounts import new_id
from app.registration.faults import FaultCode, FieldError, fault
from app.registration.identity import parse_nik
from app.registration.person import parse_email
from app.registration.verification import Verification

_ORDER = "SELECT registration.order_verification($1, $2, $3, $4, $5, $6)"
_AS_PRINTED_ON_CARDS = str.maketrans("", "", " .-")


class WrongFieldsError(ValueError):
    """What was typed can be nobody's. faults: a sentence for each field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


async def order_verification(database: Database, keys: IdentityKeys, *, nik: str, email: str) -> None:
    """Order the mail, unless the account's last one was ordered within ten minutes; on return it is committed.

    Raises WrongFieldsError and DatabaseUnavailableError.
    """
    faults: dict[str, str] = {}
    values: dict[str, str] = {}
    for name, text, parse in (("nik", nik.translate(_AS_PRINTED_ON_CARDS), parse_nik), ("email", email, parse_email)):
        try:
            values[name] = parse(_required(text))
        except FieldError as error:
            faults[name] = fault(name, error.code).message
    if faults:
        raise WrongFieldsError(faults)
    # The database puts in whom it is for, as they registered.
    verification = Verification(message_id=new_id(), to="", name="")
    await database.fetch(
        _ORDER,
        keys.nik_hash(values["nik"]),
        values["email"],
        verification.token_hash,
        verification.expires_at,
        verification.message_id,
        verification.message,
    )


def _required(text: str) -> str:
    if not text.strip():
        raise FieldError(FaultCode.REQUIRED)
    return text
