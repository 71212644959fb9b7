"""Stand-ins for the partners' APIs, in the place that PARTNER_ENDPOINT_URL names. They know nobody's real data.

POST /partners/<name>/…/token            a token for five minutes, by OAuth 2.0's client credentials, to whoever shows
                                         the credential that the partner's secret holds now
POST /partners/identity/…/identity-checks   {"nik", "name", "birth_date"} -> {"result", "reference"}: `mismatch` for a
                                         NIK that ends in 99, `unknown` for one that ends in 98, else `match`

What is asked wrongly is refused as a strict partner would: 400 for what can't be read, 401 without a good credential or
token, 404 for what doesn't exist, 405 for another method, 422 for what is not an identity.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
import time
from datetime import date
from typing import Any
from urllib.parse import parse_qs, unquote_plus
from uuid import uuid4
from wsgiref.types import WSGIEnvironment

from moto.secretsmanager.models import secretsmanager_backends

from sandbox.aws.server.cloud import ACCOUNT, REGION, Cloud
from sandbox.aws.server.partner_credentials import current_ones

PREFIX = "/partners/"
TOKEN_SECONDS = 300

Answer = tuple[str, list[tuple[str, str]], bytes]

_NIK = re.compile(r"[0-9]{16}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_NAME = 100
_ENDINGS = {"99": "mismatch", "98": "unknown"}


class _RefusedError(Exception):
    """The request is refused with this status, and this error code."""

    def __init__(self, status: str, code: str) -> None:
        super().__init__(code)
        self.answer = _json(status, {"error": code})
        if status.startswith("401"):
            self.answer[1].append(("WWW-Authenticate", "Bearer"))


class Partners:
    """Answers for every partner. Its tokens are forgotten when the process ends."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._tokens: dict[str, tuple[str, float]] = {}  # of a token: whose, and until when

    def answer(self, environ: WSGIEnvironment) -> Answer:
        try:
            return self._answer(environ)
        except _RefusedError as refused:
            return refused.answer

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        partner, _, path = environ["PATH_INFO"].removeprefix(PREFIX).partition("/")
        match environ["REQUEST_METHOD"], partner, path.rpartition("/")[2]:
            case "POST", _, "token":
                return self._grant(partner, environ)
            case "POST", "identity", "identity-checks":
                return self._check_identity(partner, environ)
            case (_, _, "token") | (_, "identity", "identity-checks"):
                raise _RefusedError("405 Method Not Allowed", "method_not_allowed")
        raise _RefusedError("404 Not Found", "not_found")

    def _grant(self, partner: str, environ: WSGIEnvironment) -> Answer:
        if _form(environ).get("grant_type") != ["client_credentials"]:
            raise _RefusedError("400 Bad Request", "unsupported_grant_type")
        shown = _shown_credential(environ)
        with self._cloud.lock:
            known = [
                (each["client_id"], each["client_secret"])
                for each in current_ones(secretsmanager_backends[ACCOUNT][REGION], partner)
            ]
            if not any(_same(shown, each) for each in known):
                raise _RefusedError("401 Unauthorized", "invalid_client")
            now = time.monotonic()
            self._tokens = {token: kept for token, kept in self._tokens.items() if kept[1] > now}
            token = secrets.token_urlsafe(32)
            self._tokens[token] = partner, now + TOKEN_SECONDS
        return _json("200 OK", {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    def _check_identity(self, partner: str, environ: WSGIEnvironment) -> Answer:
        token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        whose, until = self._tokens.get(token, ("", 0.0))
        if whose != partner or time.monotonic() >= until:
            raise _RefusedError("401 Unauthorized", "invalid_token")
        nik = _nik_of_identity(environ)
        return _json("200 OK", {"result": _ENDINGS.get(nik[-2:], "match"), "reference": str(uuid4())})


def _form(environ: WSGIEnvironment) -> dict[str, list[str]]:
    if environ.get("CONTENT_TYPE") != "application/x-www-form-urlencoded":
        raise _RefusedError("400 Bad Request", "invalid_request")
    return parse_qs(_body(environ).decode("utf-8", "replace"))


def _body(environ: WSGIEnvironment) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def _shown_credential(environ: WSGIEnvironment) -> tuple[str, str]:
    """RFC 6749, section 2.3.1: HTTP basic, of the form-encoded id and secret."""
    kind, _, encoded = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        kind = ""
    if kind.lower() != "basic":
        raise _RefusedError("401 Unauthorized", "invalid_client")
    return unquote_plus(client_id), unquote_plus(secret)


def _same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(one, other, strict=True))


def _nik_of_identity(environ: WSGIEnvironment) -> str:
    if environ.get("CONTENT_TYPE") != "application/json":
        raise _RefusedError("400 Bad Request", "not_json")
    try:
        identity = json.loads(_body(environ))
    except ValueError:
        raise _RefusedError("400 Bad Request", "not_json") from None
    if not isinstance(identity, dict) or not _is_identity(identity):
        raise _RefusedError("422 Unprocessable Content", "not_an_identity")
    nik: str = identity["nik"]
    return nik


def _is_identity(sent: dict[str, Any]) -> bool:
    if sent.keys() != {"nik", "name", "birth_date"} or not all(isinstance(value, str) for value in sent.values()):
        return False
    try:
        date.fromisoformat(sent["birth_date"])
    except ValueError:
        return False
    return bool(
        _NIK.fullmatch(sent["nik"]) and _DATE.fullmatch(sent["birth_date"]) and 0 < len(sent["name"]) <= _LONGEST_NAME
    )


def _json(status: str, content: Any) -> Answer:
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
    return status, headers, json.dumps(content).encode()
