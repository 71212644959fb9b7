"""A partner's API: JSON over HTTPS, with tokens by OAuth 2.0's client credentials (RFC 6749, section 4.4).

Nothing of a question or an answer is logged, or quoted by an error.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Annotated, Any, TypeVar
from urllib.parse import quote_plus, urlsplit

import msgspec
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from app.common.aws import AwsError, Secret
from app.common.settings import PartnerSettings
from app.common.throttle import Throttle

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_EARLIER_SECONDS = 30.0  # before it expires a token is replaced, so that none expires on its way
_LONGEST_PAUSE_SECONDS = 3600.0
# What is said of the question itself. Everything else (too fast, no right, no such path, out of order) may pass, be it
# by somebody's hand.
_REFUSED = frozenset({400, 413, 422})
_UNAUTHORIZED = 401

_Answer = TypeVar("_Answer")


class PartnerRefusedError(Exception):
    """The partner will never answer this question, or has not answered it as agreed."""


class PartnerUnavailableError(Exception):
    """The partner does not answer now; it may have taken note of the question."""


class Credential(msgspec.Struct, frozen=True):
    """What the secret says of us. Without a repr, so that it can't end up in a log."""

    client_id: str
    client_secret: str
    token_url: Annotated[str, msgspec.Meta(pattern="^https://")]

    def __repr__(self) -> str:
        return "Credential()"


class _Granted(msgspec.Struct, frozen=True):
    """The answer with a token. expires_in: seconds; the standard recommends it, and asks for none."""

    access_token: str
    expires_in: float = 300


@dataclass(frozen=True, kw_only=True, repr=False)
class _Token:
    text: str
    renew_at: float


class Partner:
    """One partner, asked at the pace that it allows. Tokens and credential are kept until they are refused."""

    def __init__(self, name: str, settings: PartnerSettings, *, region: str, at_once: int) -> None:
        """at_once: questions on their way at the same time."""
        self._name = name
        self._settings = settings
        self._secret = Secret(region=region, arn=settings.secret)
        self._throttle = Throttle(settings.requests_per_second)
        seconds: Any = (settings.connect_seconds, settings.answer_seconds)  # the stubs know of one number only
        self._connections = URLLib3Session(timeout=seconds, max_pool_connections=at_once)
        # Threads of their own: a partner that is slow to answer must not hold up what keeps messages hidden.
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._renewing = asyncio.Lock()
        self._credential: Credential | None = None
        self._token: _Token | None = None
        self._paused_until = 0.0

    async def ask(self, path: str, question: object, answer: type[_Answer]) -> _Answer:
        """The answer to a question that is posted to `path`, below the API's address.

        Raises PartnerRefusedError and PartnerUnavailableError.
        """
        await self._throttle.turn()
        url, body = self._settings.url.rstrip("/") + path, msgspec.json.encode(question)
        token = await self._bearer()
        response = await self._post(url, body, _JSON, f"Bearer {token}")
        if response.status_code == _UNAUTHORIZED:
            token = await self._bearer(refused=token)
            response = await self._post(url, body, _JSON, f"Bearer {token}")
        if response.status_code in _REFUSED:
            raise PartnerRefusedError(str(response.status_code))
        if not 200 <= response.status_code < 300:
            raise PartnerUnavailableError(str(response.status_code))
        try:
            return msgspec.json.decode(response.content, type=answer)
        except msgspec.DecodeError:
            raise PartnerRefusedError("an answer that was not agreed") from None

    async def _bearer(self, refused: str | None = None) -> str:
        """A token, but not the refused one: that may be of a credential which has been replaced."""
        async with self._renewing:
            if self._token is not None and self._token.text == refused:
                self._token = self._credential = None
            if self._token is None or monotonic() > self._token.renew_at:
                self._token = await self._new_token()
            return self._token.text

    async def _new_token(self) -> _Token:
        kept = self._credential
        response = await self._grant(kept or await self._read_credential())
        if response.status_code in (400, _UNAUTHORIZED) and kept is not None:
            response = await self._grant(await self._read_credential())
        if response.status_code != 200:
            raise PartnerUnavailableError(f"no token: {response.status_code}")
        try:
            granted = msgspec.json.decode(response.content, type=_Granted)
        except msgspec.DecodeError:
            raise PartnerUnavailableError("no token: an answer that was not agreed") from None
        return _Token(text=granted.access_token, renew_at=monotonic() + granted.expires_in - _EARLIER_SECONDS)

    async def _grant(self, credential: Credential) -> AWSResponse:
        # RFC 6749, section 2.3.1: both are form-encoded before they become a user and a password.
        pair = f"{quote_plus(credential.client_id)}:{quote_plus(credential.client_secret)}"
        basic = base64.b64encode(pair.encode()).decode()
        return await self._post(credential.token_url, b"grant_type=client_credentials", _FORM, f"Basic {basic}")

    async def _read_credential(self) -> Credential:
        try:
            text = await asyncio.to_thread(self._secret.text)
            self._credential = msgspec.json.decode(text, type=Credential)
        except AwsError as error:
            raise PartnerUnavailableError(f"no credential: {error.code}") from error
        except msgspec.DecodeError:
            raise PartnerUnavailableError("no credential: the secret is not what was agreed") from None
        return self._credential

    async def _post(self, url: str, body: bytes, media_type: str, authorization: str) -> AWSResponse:
        """The answer, whatever its status, except one that asks for a pause: nothing is sent before that is over."""
        if monotonic() < self._paused_until:
            raise PartnerUnavailableError("it has asked for a pause")
        headers = {"Content-Type": media_type, "Accept": _JSON, "Authorization": authorization}
        request = AWSRequest(method="POST", url=_reached_at(self._name, url), data=body, headers=headers).prepare()
        try:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._threads, self._connections.send, request)
        except BotoCoreError as error:
            # Without its cause, whose message may quote the request.
            raise PartnerUnavailableError(type(error).__name__) from None
        if response.status_code in (429, 503):
            self._paused_until = monotonic() + _pause_seconds(response.headers)
            raise PartnerUnavailableError(str(response.status_code))
        return response


def _pause_seconds(headers: Mapping[str, str]) -> float:
    """What Retry-After asks for, as seconds or as a date, up to an hour; 0 where it is missing or can't be read."""
    text = headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_PAUSE_SECONDS)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_PAUSE_SECONDS)


def _reached_at(name: str, url: str) -> str:
    """`url`, or where PARTNER_ENDPOINT_URL has the partners answer: each below its name, instead of at its origin."""
    endpoint = os.environ.get("PARTNER_ENDPOINT_URL")
    return url if endpoint is None else f"{endpoint}/{name}{urlsplit(url).path}"
