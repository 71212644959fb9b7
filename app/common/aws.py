"""Calls of AWS's own services, signed by botocore and otherwise plain HTTP with JSON.

botocore's clients read the model of a service, and build classes from it, before their first call: some 9 MB in every
process, for the few operations that services here use. So their signatures, credentials and connections are used, and
the clients are not.
"""

from __future__ import annotations

import asyncio
import codecs
import functools
import os
import random
import ssl
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import botocore.session
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, NoCredentialsError
from botocore.httpsession import URLLib3Session

CONNECT_SECONDS = 3.0
ATTEMPTS = 3
_FIRST_PAUSE_SECONDS = 0.1
_CONNECTIONS = 10  # of one process to one service

NO_VALUE = "ResourceNotFoundException"

# Refusals that a moment's pause may turn into an answer, besides those of status 500 and above.
_THROTTLED = frozenset({"RequestThrottled", "Throttling", "ThrottlingException", "TooManyRequestsException"})


class AwsError(Exception):
    """An operation came to nothing; `code` says why: AWS's own word, or the type of what kept it from answering.

    Where AWS has not answered, the operation may have been carried out.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the calls of one service look like.

    host: the first part of its host name. signing_name: its name in signatures.
    target: what its operations' names are prefixed with; None where they are paths.
    """

    host: str
    signing_name: str
    media_type: str
    target: str | None


SECRETS_MANAGER = Service(
    host="secretsmanager",
    signing_name="secretsmanager",
    media_type="application/x-amz-json-1.1",
    target="secretsmanager",
)
SQS = Service(host="sqs", signing_name="sqs", media_type="application/x-amz-json-1.0", target="AmazonSQS")
SES = Service(host="email", signing_name="ses", media_type="application/json", target=None)


def preload() -> None:
    """Import what a first call would, and set up OpenSSL."""
    ssl.create_default_context()
    codecs.lookup("idna")  # of host names
    _session().get_component("credential_provider")
    SigV4Auth(Credentials("unused", "unused"), "unused", "unused").add_auth(AWSRequest("POST", "https://unused/"))


@functools.cache
def credentials() -> Credentials:
    """The process's credentials: they renew themselves, which blocks for as long as their source takes.

    Raises NoCredentialsError where there are none, and looks again the next time.
    """
    found = _session().get_credentials()
    if found is None:
        raise NoCredentialsError
    return found


@functools.cache
def _session() -> botocore.session.Session:
    """Knows where credentials may come from; holds none, and no socket, before it is asked for them."""
    return botocore.session.get_session()


class AwsClient:
    """Calls one service. Safe to use from several threads."""

    def __init__(self, service: Service, region: str, *, answer_seconds: float = 5) -> None:
        """answer_seconds: how long an answer may take, of each of three attempts."""
        self._service = service
        self._region = region
        self._answer_seconds = answer_seconds

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Carry out an operation: its name, or where the service's operations are paths, the path. Raises AwsError."""
        for attempt in range(ATTEMPTS):
            try:
                response = self._send(operation, arguments)
            except BotoCoreError as error:
                failure = AwsError(type(error).__name__)
                if isinstance(error, NoCredentialsError):
                    raise failure from error
            else:
                if response.status_code < 300:
                    answer: dict[str, Any] = msgspec.json.decode(response.content or b"{}")
                    return answer
                failure = AwsError(_code(response))
                if response.status_code < 500 and failure.code not in _THROTTLED:
                    raise failure
            if attempt + 1 < ATTEMPTS:
                time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311 - spreads load
        raise failure

    async def call_aside(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """`call` in a thread. It goes on, and its result is lost, when the coroutine is cancelled."""
        return await asyncio.to_thread(self.call, operation, arguments)

    def _send(self, operation: str, arguments: dict[str, Any]) -> AWSResponse:
        service = self._service
        default = f"https://{service.host}.{self._region}.amazonaws.com"
        endpoint = os.environ.get("AWS_ENDPOINT_URL", default)
        headers = {"Content-Type": service.media_type}
        if service.target is not None:
            headers["X-Amz-Target"] = f"{service.target}.{operation}"
        request = AWSRequest(
            method="POST",
            url=endpoint + ("/" if service.target is not None else operation),
            data=msgspec.json.encode(arguments),
            headers=headers,
        )
        SigV4Auth(credentials(), service.signing_name, self._region).add_auth(request)
        return self._connections.send(request.prepare())

    @functools.cached_property
    def _connections(self) -> URLLib3Session:
        seconds: Any = (CONNECT_SECONDS, self._answer_seconds)  # the stubs know of one number only
        return URLLib3Session(timeout=seconds, max_pool_connections=_CONNECTIONS)


def _code(response: AWSResponse) -> str:
    """AWS's word for what is wrong, from wherever the service's protocol has it; its status where there is none."""
    code = response.headers.get("x-amzn-errortype")
    if code is None:
        try:
            code = msgspec.json.decode(response.content)["__type"]
        except (msgspec.DecodeError, KeyError, TypeError):
            code = str(response.status_code)
    return str(code).partition(":")[0].rpartition("#")[2]


class Secret:
    """One secret of Secrets Manager."""

    def __init__(self, *, region: str, arn: str) -> None:
        self._client = AwsClient(SECRETS_MANAGER, region)
        self._arn = arn

    def text(self) -> str:
        """Its current value. Raises AwsError, with code NO_VALUE where it has none yet or does not exist."""
        value: str = self._client.call("GetSecretValue", {"SecretId": self._arn})["SecretString"]
        return value

    def put(self, text: str) -> None:
        """Give it a new value. Raises AwsError."""
        arguments = {"SecretId": self._arn, "SecretString": text, "ClientRequestToken": str(uuid4())}
        self._client.call("PutSecretValue", arguments)
