"""Sending by SES."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.common.aws import AwsClient, AwsError
from app.notification.mail import verification_mail
from app.notification.mailer import MailRejectedError, MailUnavailableError
from tests.app.cloud import Cloud
from tests.app.notification.samples import SETTINGS, message, ses_mailer

MAIL = verification_mail(message(), SETTINGS.site_url)


@pytest.mark.sandbox
def test_a_mail_is_sent_from_our_address_to_its_own(cloud: Cloud) -> None:
    asyncio.run(ses_mailer().send(MAIL))
    assert cloud.mailed() == ["siti@contoh.id"]


@pytest.mark.unit
def test_text_html_and_configuration_set_go_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, Any]] = []

    def answer(_self: AwsClient, _operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        calls.append(arguments)
        return {}

    monkeypatch.setattr(AwsClient, "call", answer)
    asyncio.run(ses_mailer().send(MAIL))
    (call,) = calls
    assert call["ConfigurationSetName"] == "prakerja"
    assert call["Content"]["Simple"]["Body"]["Text"] == {"Data": MAIL.text, "Charset": "UTF-8"}
    assert call["Content"]["Simple"]["Body"]["Html"] == {"Data": MAIL.html, "Charset": "UTF-8"}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("MessageRejected", MailRejectedError),
        ("BadRequestException", MailRejectedError),
        ("TooManyRequestsException", MailUnavailableError),
        ("LimitExceededException", MailUnavailableError),
        ("SendingPausedException", MailUnavailableError),
        ("MailFromDomainNotVerifiedException", MailUnavailableError),
        ("ReadTimeoutError", MailUnavailableError),
        ("AccessDeniedException", MailUnavailableError),
    ],
)
def test_only_a_mails_own_fault_is_held_against_it(
    code: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: AwsClient, _operation: str, _arguments: dict[str, Any]) -> dict[str, Any]:
        raise AwsError(code)

    monkeypatch.setattr(AwsClient, "call", refuse)
    with pytest.raises(error, match=code):
        asyncio.run(ses_mailer().send(MAIL))
