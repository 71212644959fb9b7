"""Accounts in PostgreSQL."""

from __future__ import annotations

import os
import time
from uuid import UUID

from app.common.database import Database
from app.registration.keys import IdentityKeys
from app.registration.validation import Applicant

# One statement, so one round trip and one commit; a known NIK costs no exception and no second look.
_INSERT = """
INSERT INTO registration.account (
    id, nik_hash, key_version, nik_sealed, family_card_number_sealed, name, birth_date, email, telephone
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (nik_hash) DO NOTHING
RETURNING id
"""


class KnownNikError(Exception):
    """An account with this NIK exists."""


async def create_account(database: Database, keys: IdentityKeys, applicant: Applicant) -> UUID:
    """Keep an applicant; on return the row is committed.

    Raises KnownNikError and DatabaseUnavailableError. After the latter the row may exist: registering again is
    safe, and answers KnownNikError then.
    """
    account_id = new_account_id()
    rows = await database.fetch(
        _INSERT,
        account_id,
        keys.nik_hash(applicant.nik),
        keys.version,
        keys.encrypt(applicant.nik, account_id=account_id, column="nik"),
        keys.encrypt(applicant.family_card_number, account_id=account_id, column="family_card_number"),
        applicant.name,
        applicant.birth_date,
        applicant.email,
        applicant.telephone,
    )
    if not rows:
        raise KnownNikError
    return account_id


def new_account_id() -> UUID:
    """A version 7 UUID (RFC 9562): ids grow with time, so that the index grows at its end."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
