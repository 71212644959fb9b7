"""Sends mail by SendGrid (Twilio SendGrid Web API v3, Mail Send)."""

from __future__ import annotations

import asyncio
import functools
import os
from http import HTTPStatus
from typing import Any

import msgspec
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from app.common.aws import AwsError, Secret
from app.notification.mail import Mail
from app.notification.mailer import Mailer, MailRejectedError, MailUnavailableError

ORIGIN = "https://api.sendgrid.com"
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
_SEND = "/v3/mail/send"
_CONNECTIONS = 10

# What is answered where the mail itself is at fault. Everything else (too fast, blocked, a key or a domain that is not
# known yet, a fault of theirs, no answer) may pass.
_REJECTED = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}


class SendGridMailer(Mailer):
    """Sends with an API key that an operator has put into a secret, and may replace there at any time."""

    def __init__(self, *, sender: str, per_second: int, api_key: Secret) -> None:
        super().__init__(per_second=per_second)
        self._sender = sender
        self._secret = api_key
        self._key: str | None = None

    async def send(self, mail: Mail) -> None:
        """Return once SendGrid has taken the mail over. Raises MailRejectedError and MailUnavailableError."""
        await asyncio.to_thread(self._send, msgspec.json.encode(_request(mail, self._sender)))

    def _send(self, body: bytes) -> None:
        at_hand = self._key
        key = at_hand or self._read_key()
        status = self._post(body, key)
        if status == HTTPStatus.UNAUTHORIZED and at_hand is not None and (key := self._read_key()) != at_hand:
            status = self._post(body, key)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status == HTTPStatus.UNAUTHORIZED:
            self._key = None
        error = MailRejectedError if status in _REJECTED else MailUnavailableError
        raise error(f"SendGrid answers {status}")

    def _read_key(self) -> str:
        try:
            self._key = self._secret.text().strip()
        except AwsError as error:
            raise MailUnavailableError(error.code) from error
        return self._key

    def _post(self, body: bytes, key: str) -> int:
        """The answer's status. Never asked twice: a request without an answer may have been carried out."""
        request = AWSRequest(
            method="POST",
            url=os.environ.get("SENDGRID_ENDPOINT_URL", ORIGIN) + _SEND,
            data=body,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            return int(self._connections.send(request.prepare()).status_code)
        except BotoCoreError as error:
            raise MailUnavailableError(type(error).__name__) from None  # its text may have the request in it

    @functools.cached_property
    def _connections(self) -> URLLib3Session:
        seconds: Any = (CONNECT_SECONDS, ANSWER_SECONDS)  # the stubs know of one number only
        return URLLib3Session(timeout=seconds, max_pool_connections=_CONNECTIONS)


def _request(mail: Mail, sender: str) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": mail.to}]}],
        "from": {"email": sender},
        "subject": mail.subject,
        "content": [
            {"type": "text/plain", "value": mail.text},
            {"type": "text/html", "value": mail.html},
        ],
        # Otherwise the account's own settings may lead links, with their tokens, through SendGrid.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }
