"""SendGrid's stand-in: Mail Send of its Web API v3, which keeps the mail where SES's is kept.

POST /sendgrid/v3/mail/send: 202 where the mail is taken over; 401 where the key is none that the platform's secret for
it holds; 400 with what is wrong, as SendGrid words it: the field and a sentence. Only what the platform's mail has is
understood, and anything else is refused rather than passed over.

The platform makes a secret for the API key and no value for it: an operator makes a key in SendGrid's account and puts
it there. Here the sandbox does what the operator would, as soon as there is such a secret, and says so on standard
error.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Mapping
from typing import Any, cast
from uuid import uuid4
from wsgiref.types import WSGIEnvironment

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend, secretsmanager_backends
from moto.ses.models import ses_backends

from sandbox.aws.server.cloud import ACCOUNT, REGION, Cloud
from sandbox.aws.server.corrections.mail import Mail, keep

PREFIX = "/sendgrid/"
CURRENT = "AWSCURRENT"
# `<environment>-sendgrid-api-key-` and Pulumi's seven hex digits.
_NAME = re.compile(r"[a-z0-9]+-sendgrid-api-key-[0-9a-f]{7}")
_SEND = "/sendgrid/v3/mail/send"
_RECIPIENTS = 1000
_LARGEST_BYTES = 20 * 1024 * 1024  # Web API v3, Mail Send, limitations
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FIELDS = {"personalizations", "from", "subject", "content", "tracking_settings"}
# Of each kind of tracking, what may be switched.
_TRACKING = {
    "click_tracking": {"enable", "enable_text"},
    "open_tracking": {"enable"},
    "subscription_tracking": {"enable"},
}

Answer = tuple[str, list[tuple[str, str]], bytes]


class _FaultError(Exception):
    """A field of the request can't be taken."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class SendGrid:
    """Answers the paths below `PREFIX`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """The request's body has been read already."""
        if environ["PATH_INFO"] != _SEND:
            return _refusal("404 Not Found", None, "not found")
        if environ["REQUEST_METHOD"] != "POST":
            return _refusal("405 Method Not Allowed", None, "method not allowed")
        with self._cloud.lock:
            if not _is_known(environ.get("HTTP_AUTHORIZATION", "")):
                return _refusal(
                    "401 Unauthorized", None, "The provided authorization grant is invalid, expired, or revoked"
                )
            if int(environ.get("CONTENT_LENGTH") or 0) > _LARGEST_BYTES:
                return _refusal("413 Payload Too Large", None, "The message is larger than 20 MB")
            try:
                mail = _read(environ)
            except _FaultError as fault:
                return _refusal("400 Bad Request", fault.field, fault.message)
            keep(ses_backends[ACCOUNT][REGION], mail)
        return "202 Accepted", [("X-Message-Id", mail.id)], b""


def put_first_key(backend: SecretsManagerBackend) -> bool:
    """Put a key into each secret for one that has none. Whether there was one."""
    empty = [secret for secret in _keys_secrets(backend) if not secret.versions]
    for secret in empty:
        key = f"SG.{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}"
        backend.put_secret_value(secret.name, key, "", str(uuid4()), [CURRENT])
        print(f"put a first API key of SendGrid into {secret.name}, as its operator", file=sys.stderr)
    return bool(empty)


def _is_known(authorization: str) -> bool:
    """Whether a bearer's key is one that a secret for it holds now."""
    scheme, _, key = authorization.partition(" ")
    known = [
        str(version["secret_string"]).strip()
        for secret in _keys_secrets(secretsmanager_backends[ACCOUNT][REGION])
        for version in secret.versions.values()
        if CURRENT in version["version_stages"]
    ]
    return scheme == "Bearer" and key.startswith("SG.") and key in known


def _keys_secrets(backend: SecretsManagerBackend) -> list[FakeSecret]:
    return [
        secret
        for secret in cast("dict[str, Any]", backend.secrets).values()
        if isinstance(secret, FakeSecret) and not secret.is_deleted() and _NAME.fullmatch(secret.name)
    ]


def _read(environ: WSGIEnvironment) -> Mail:
    if environ.get("CONTENT_TYPE", "").partition(";")[0] != "application/json":
        raise _FaultError(None, "Content-Type must be application/json")
    try:
        asked = json.load(environ["wsgi.input"])
    except ValueError:
        raise _FaultError(None, "Bad Request") from None
    asked = _object(asked, None, _FIELDS)
    _check_tracking(_object(asked.get("tracking_settings", {}), "tracking_settings", set(_TRACKING)))
    bodies = _bodies(asked.get("content"))
    return Mail(
        sender=_address(asked.get("from"), "from"),
        to=_recipients(asked.get("personalizations")),
        subject=_text(asked.get("subject"), "subject"),
        text=bodies.get("text/plain"),
        html=bodies.get("text/html"),
        sent_by="SendGrid",
    )


def _recipients(personalizations: Any) -> list[str]:
    if not isinstance(personalizations, list) or len(personalizations) != 1:
        raise _FaultError("personalizations", "The sandbox takes exactly one personalization.")
    to = _object(personalizations[0], "personalizations.0", {"to"}).get("to")
    if not isinstance(to, list) or not 0 < len(to) <= _RECIPIENTS:
        raise _FaultError("personalizations.0.to", f"The to array must have from 1 to {_RECIPIENTS} recipients.")
    addresses = [_address(one, f"personalizations.0.to.{place}") for place, one in enumerate(to)]
    if len({address.lower() for address in addresses}) < len(addresses):
        raise _FaultError("personalizations.0", "Each email address in the personalization block should be unique.")
    return addresses


def _bodies(content: Any) -> dict[str, str]:
    if not isinstance(content, list) or not content:
        raise _FaultError("content", "The content parameter is required.")
    bodies: dict[str, str] = {}
    for place, one in enumerate(content):
        given = _object(one, f"content.{place}", {"type", "value"})
        kind = _text(given.get("type"), f"content.{place}.type")
        if kind not in ("text/plain", "text/html") or kind in bodies or (kind == "text/plain" and bodies):
            raise _FaultError(f"content.{place}.type", "The content is one text/plain, then one text/html.")
        bodies[kind] = _text(given.get("value"), f"content.{place}.value")
    return bodies


def _check_tracking(settings: Mapping[str, Any]) -> None:
    for kind, given in settings.items():
        path = f"tracking_settings.{kind}"
        for name, value in _object(given, path, _TRACKING[kind]).items():
            if not isinstance(value, bool):
                raise _FaultError(f"{path}.{name}", "The value must be a boolean.")


def _object(value: Any, path: str | None, fields: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _FaultError(path, "The value must be an object.")
    if unknown := sorted(value.keys() - fields):
        raise _FaultError(".".join(filter(None, (path, unknown[0]))), "The sandbox does not know this field.")
    return value


def _address(value: Any, path: str) -> str:
    email = _object(value, path, {"email", "name"}).get("email")
    if not isinstance(email, str) or not _ADDRESS.fullmatch(email):
        raise _FaultError(f"{path}.email", "Does not contain a valid address.")
    return email


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise _FaultError(path, "The value must be a string at least one character in length.")
    return value


def _refusal(status: str, field: str | None, message: str) -> Answer:
    body = {"errors": [{"message": message, "field": field, "help": None}]}
    return status, [("Content-Type", "application/json")], json.dumps(body).encode()
