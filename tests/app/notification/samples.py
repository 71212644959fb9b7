"""Messages to deliver."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from app.notification.message import EmailVerification

TOKEN = "t" * 43


def message(to: str = "siti@contoh.id", *, name: str = "Siti Rahmawati") -> EmailVerification:
    expires_at = datetime(2026, 8, 17, 3, 0, tzinfo=UTC)
    return EmailVerification(id=uuid4(), to=to, name=name, token=TOKEN, expires_at=expires_at)


def body(of: EmailVerification) -> str:
    """As it lies in the queue."""
    return msgspec.json.encode(of).decode()
