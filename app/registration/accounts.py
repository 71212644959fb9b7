"""Accounts in PostgreSQL."""

from __future__ import annotations

import os
import time
from uuid import UUID

from app.common.database import Database
from app.common.identity_keys import IdentityKeys
from app.registration.identity_check import identity_check
from app.registration.validation import Applicant
from app.registration.verification import Verification

# One statement, so one round trip and one commit; a known NIK costs no exception and no second look. The messages in
# the outboxes are there if and only if the account is.
_INSERT = """
WITH account AS (
    INSERT INTO registration.account (
        id, nik_hash, key_version, nik_sealed, family_card_number_sealed, name, birth_date, email, telephone
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (nik_hash) DO NOTHING
    RETURNING id
), verification AS (
    INSERT INTO registration.email_verification (token_hash, account_id, expires_at)
    SELECT $10, id, $11 FROM account
), message AS (
    INSERT INTO relay.outbox (id, body) SELECT $12, $13 FROM account
), identity_check AS (
    INSERT INTO relay.identity_outbox (id, body) SELECT id, $14 FROM account WHERE $14::text IS NOT NULL
)
SELECT id FROM account
"""


class KnownNikError(Exception):
    """An account with this NIK exists."""


async def create_account(database: Database, keys: IdentityKeys, applicant: Applicant, *, check_identity: bool) -> UUID:
    """Keep an applicant, and send for the verification of the address; on return both are committed.

    check_identity: whether to send for the check of the identity too.

    Raises KnownNikError and DatabaseUnavailableError. After the latter the row may exist: registering again is
    safe, and answers KnownNikError then.
    """
    account_id = new_id()
    verification = Verification(message_id=new_id(), to=applicant.email, name=applicant.name)
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
        verification.token_hash,
        verification.expires_at,
        verification.message_id,
        verification.message,
        identity_check(keys, applicant, account_id) if check_identity else None,
    )
    if not rows:
        raise KnownNikError
    return account_id


def new_id() -> UUID:
    """A version 7 UUID (RFC 9562): ids grow with time, so that the index grows at its end."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
