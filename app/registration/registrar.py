"""Registers a person: the one path of the API and of the form."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.common.database import Database, DatabaseUnavailableError
from app.common.key_source import KeySource
from app.registration.accounts import create_account
from app.registration.validation import validate

RETRY_AFTER = "5"  # seconds


class UnavailableError(Exception):
    """Nothing can be stored now: no database, no free connection in time, or no keys yet."""


class Registrar:
    """Validates, seals and stores."""

    def __init__(self, database: Database, key_source: KeySource, *, check_identities: bool) -> None:
        """check_identities: whether there is somebody who checks them."""
        self._database = database
        self._check_identities = check_identities
        self._key_source = key_source

    async def register(self, sent: Mapping[str, object]) -> UUID:
        """The account's id, once its row is committed.

        Raises InvalidApplicantError, KnownNikError and UnavailableError.
        """
        applicant = validate(sent)
        if self._key_source.keys is None:
            raise UnavailableError
        try:
            return await create_account(
                self._database, self._key_source.keys, applicant, check_identity=self._check_identities
            )
        except DatabaseUnavailableError as error:
            raise UnavailableError from error
