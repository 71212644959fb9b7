"""Which addresses are not written to: mail to them came back for good, or their holders complained of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

from app.common.database import Database

Reason = Literal["bounced", "complained"]
Allowing = Literal["allowed", "not barred", "complained"]

# A complaint is never forgotten, and outweighs what is known of the mailbox.
_RECORD = """
INSERT INTO notification.barred AS known (address_digest, reason)
SELECT unnest($1::bytea[]), $2
ON CONFLICT (address_digest) DO UPDATE SET reason = excluded.reason, recorded_at = now()
WHERE known.reason = 'bounced'
"""
_KNOWN = "SELECT reason FROM notification.barred WHERE address_digest = $1"
# A mailbox that did not exist may exist by then; SES stops what comes back of it again.
_FORGET = """
DELETE FROM notification.barred
WHERE address_digest IN (SELECT address_digest FROM notification.barred
                         WHERE reason = 'bounced' AND recorded_at < now() - interval '365 days' LIMIT 10000)
"""
# Both or neither: nobody is written to again without a word of who asked for it. What is read last is as it was before.
_ALLOW = """
WITH lifted AS (
    DELETE FROM notification.barred
    WHERE address_digest = $1 AND (reason = 'bounced' OR $2)
    RETURNING address_digest, reason
), written_down AS (
    INSERT INTO notification.allowed (address_digest, reason, asked_by, because)
    SELECT address_digest, reason, $3, $4 FROM lifted
)
SELECT lifted.address_digest IS NOT NULL AS allowed
FROM notification.barred AS known LEFT JOIN lifted USING (address_digest)
WHERE known.address_digest = $1
"""


class BarredAddresses:
    """The record of those addresses; of each a digest alone, for least data."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bar(self, addresses: Iterable[str], reason: Reason) -> None:
        """Write to these no more. Raises DatabaseUnavailableError."""
        if digests := sorted({_digest(address) for address in addresses}):  # sorted: no two block each other
            await self._database.fetch(_RECORD, digests, reason)

    async def include(self, address: str) -> bool:
        """Whether an address is not to be written to. Raises DatabaseUnavailableError."""
        return bool(await self._database.fetch(_KNOWN, _digest(address)))

    async def allow(self, address: str, *, asked_by: str, because: str, although_complained: bool) -> Allowing:
        """Have an address written to again, and put down who asked for it and why.

        although_complained: its holder complained, and now asks for mail. Without it such an address stays where it
        is, and the answer is `complained`. Raises DatabaseUnavailableError.
        """
        rows = await self._database.fetch(_ALLOW, _digest(address), although_complained, asked_by, because)
        if not rows:
            return "not barred"
        return "allowed" if rows[0]["allowed"] else "complained"

    async def forget_old(self) -> None:
        """Drop what came back more than a year ago, at most 10,000 at once. Raises DatabaseUnavailableError."""
        await self._database.fetch(_FORGET)


def _digest(address: str) -> bytes:
    """Of the address however its letters are written: no mail service known keeps such addresses apart."""
    return hashlib.sha256(address.strip().lower().encode()).digest()
