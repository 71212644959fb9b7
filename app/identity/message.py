"""The messages that come by the queue, and the identity that is sealed in them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag

from app.common.consumer import MessageRefusedError, UnreadableMessageError
from app.common.identity_keys import IdentityKeys

_COLUMN = "identity_check"


class IdentityCheck(msgspec.Struct, frozen=True, tag_field="kind", tag="identity_check"):
    """Asks for the check of a person's identity.

    id: the account's, so that a check that is asked for twice is known. key_version: of the key that `sealed` is
    encrypted with. sealed: the identity as JSON.
    """

    id: UUID
    key_version: int
    sealed: bytes


class Identity(msgspec.Struct, frozen=True):
    """What a person has said of themselves. Without a repr, so that it can't end up in a log."""

    nik: str
    name: str
    birth_date: date

    def __repr__(self) -> str:
        return "Identity()"


_decode = msgspec.json.Decoder(IdentityCheck).decode


def read(body: str) -> IdentityCheck:
    """The message of a body. Raises UnreadableMessageError."""
    try:
        return _decode(body)
    except msgspec.DecodeError as error:
        raise UnreadableMessageError from error


def unseal(message: IdentityCheck, keys: IdentityKeys) -> Identity:
    """The identity in a message, with keys that have its version. Raises MessageRefusedError."""
    try:
        text = keys.decrypt(message.sealed, version=message.key_version, account_id=message.id, column=_COLUMN)
        return msgspec.json.decode(text, type=Identity)
    except (InvalidTag, ValueError):
        raise MessageRefusedError("it can't be opened") from None
