"""Verifying an e-mail address: who has the token that was mailed there may set the account's password, once."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from uuid import UUID

import msgspec

from app.common.database import Database

VALID_FOR = timedelta(hours=24)
_TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

# Tokens are looked up by their hash, so neither the table nor the time of a look-up helps to guess one.
_STATE = """
SELECT used_at IS NOT NULL AS used FROM registration.email_verification
WHERE token_hash = $1 AND (used_at IS NOT NULL OR expires_at > now())
"""
_USE = """
WITH used AS (
    UPDATE registration.email_verification SET used_at = now()
    WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now()
    RETURNING account_id
)
UPDATE registration.account SET email_verified_at = now(), password_hash = $2
FROM used WHERE id = used.account_id
RETURNING id
"""


class Token(Enum):
    """What a token is good for: nothing (unknown or expired), to verify, or no more (it has been used)."""

    INVALID = auto()
    OPEN = auto()
    USED = auto()


class Verification:
    """What an account's registration leaves behind to verify its address: a token, and the message that carries it."""

    def __init__(self, *, message_id: UUID, to: str, name: str) -> None:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self.message_id = message_id
        self.token_hash = _hash(token)
        self.expires_at = datetime.now(UTC) + VALID_FOR
        self.message = msgspec.json.encode(
            {
                "id": message_id,
                "kind": "email_verification",
                "to": to,
                "name": name,
                "token": token,
                "expires_at": self.expires_at,
            }
        ).decode()


async def token_state(database: Database, token: str) -> Token:
    """What the token is good for now. Raises DatabaseUnavailableError."""
    if not _TOKEN.fullmatch(token):
        return Token.INVALID
    rows = await database.fetch(_STATE, _hash(token))
    if not rows:
        return Token.INVALID
    return Token.USED if rows[0]["used"] else Token.OPEN


async def use_token(database: Database, token: str, password_hash: str) -> Token:
    """Verify the address and set the password if the token is open; what it was good for by then.

    Of two at once one finds it open, and the other one used. Raises DatabaseUnavailableError; the token may have been
    used then.
    """
    if await database.fetch(_USE, _hash(token), password_hash):
        return Token.OPEN
    return await token_state(database, token)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
