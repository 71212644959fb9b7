"""The message that asks for the check of an identity: what the check needs, sealed for who has the identity keys."""

from __future__ import annotations

from uuid import UUID

import msgspec

from app.common.identity_keys import IdentityKeys
from app.registration.validation import Applicant

_COLUMN = "identity_check"


def identity_check(keys: IdentityKeys, applicant: Applicant, account_id: UUID) -> str:
    """The message's body; its id is the account's."""
    identity = {"nik": applicant.nik, "name": applicant.name, "birth_date": applicant.birth_date}
    sealed = keys.encrypt(msgspec.json.encode(identity).decode(), account_id=account_id, column=_COLUMN)
    message = {"id": account_id, "kind": "identity_check", "key_version": keys.version, "sealed": sealed}
    return msgspec.json.encode(message).decode()
