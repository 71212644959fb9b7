"""The messages that come by the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from app.common.consumer import UnreadableMessageError


class EmailVerification(msgspec.Struct, frozen=True, tag_field="kind", tag="email_verification"):
    """Asks the holder of an address to verify it. Without a repr, so that its token can't end up in a log.

    id: the same whenever the message is delivered again. to: the address. name: its holder's.
    token: what the mail's link carries. expires_at: until when it is good for that.
    """

    id: UUID
    to: str
    name: str
    token: str
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)]

    def __repr__(self) -> str:
        return f"EmailVerification(id={self.id})"


_decode = msgspec.json.Decoder(EmailVerification).decode


def read(body: str) -> EmailVerification:
    """The message of a body. Raises UnreadableMessageError."""
    try:
        return _decode(body)
    except msgspec.DecodeError as error:
        raise UnreadableMessageError from error
