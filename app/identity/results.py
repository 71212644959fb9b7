"""What came of the checks, kept for as long as the accounts."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from app.common.database import Database

_FIND = "SELECT account_id FROM identity.checked WHERE account_id = $1"
# Of two workers that were given the same message, the first one's answer stands.
_KEEP = "INSERT INTO identity.checked (account_id, result, reference) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"


class Result(msgspec.Struct, frozen=True):
    """The partner's answer: whether its register has such a person, says otherwise, or knows nobody by this number.

    reference: what the partner knows the check by.
    """

    result: Literal["match", "mismatch", "unknown"]
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Results:
    """The record of results. All raise DatabaseUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def has(self, account_id: UUID) -> bool:
        """Whether this account's identity has been checked."""
        return bool(await self._database.fetch(_FIND, account_id))

    async def keep(self, account_id: UUID, result: Result) -> None:
        """Record a result, unless there is one."""
        await self._database.fetch(_KEEP, account_id, result.result, result.reference)
