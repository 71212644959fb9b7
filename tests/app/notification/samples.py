"""Messages to deliver."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from app.common.settings import MailSettings, SesSettings
from app.notification.message import EmailVerification
from app.notification.ses_mailer import SesMailer
from tests.app.cloud import REGION, SENDER

CONFIGURATION_SET = "prakerja"
SETTINGS = MailSettings(
    sender=SENDER,
    way=SesSettings(configuration_set=CONFIGURATION_SET),
    per_second=100,
    site_url="https://prakerja.test",
)

TOKEN = "t" * 43


def message(to: str = "siti@contoh.id", *, name: str = "Siti Rahmawati") -> EmailVerification:
    expires_at = datetime(2026, 8, 17, 3, 0, tzinfo=UTC)
    return EmailVerification(id=uuid4(), to=to, name=name, token=TOKEN, expires_at=expires_at)


def body(of: EmailVerification) -> str:
    """As it lies in the queue."""
    return msgspec.json.encode(of).decode()


def ses_mailer() -> SesMailer:
    """As the settings ask for."""
    return SesMailer(
        sender=SETTINGS.sender, configuration_set=CONFIGURATION_SET, per_second=SETTINGS.per_second, region=REGION
    )
