"""What services ask of AWS: tokens to log in to database and cache, the text of a secret, and operations of queues
and mail.

botocore alone is used, without boto3. Its service models take 10 MB and a fifth of a second of work: they are read
once, by `preload`, and shared by every process forked afterwards. Sessions, credentials and sockets are made after
the fork only.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any
from urllib.parse import urlencode

import botocore.client
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import create_loader
from botocore.model import ServiceId
from botocore.signers import RequestSigner

TOKEN_SECONDS = 900  # RDS and ElastiCache accept a token for 15 minutes; it is checked at login only

_SERVICES = ("secretsmanager", "sesv2", "sqs")
_ATTEMPTS = 3
_MODELS = create_loader()


def preload() -> None:
    """Read the models, import the modules that a client needs, and set up OpenSSL."""
    ssl.create_default_context()
    session = _session()
    session.get_component("credential_provider")
    session.set_credentials("unused", "unused")
    for service in _SERVICES:
        session.create_client(service, region_name="unused")


class Login:
    """Makes the passwords with which one user logs in to one server by IAM authentication."""

    def __init__(self, *, region: str, signing_name: str, url: str) -> None:
        """url: what is presigned; the password is the result without its scheme."""
        self._url = url
        self._region = region
        self._signing_name = signing_name
        self._emitter = HierarchicalEmitter()  # the signer keeps a weak reference only
        self._credentials: Credentials | None = None

    def token(self) -> str:
        """A presigned password, good for a login within 15 minutes.

        Blocks for as long as the instance's role takes to hand out credentials, when those at hand have expired.
        Raises NoCredentialsError where there are none.
        """
        self._credentials = self._credentials or _session().get_credentials()
        if self._credentials is None:
            raise NoCredentialsError
        signer = RequestSigner(
            ServiceId(self._signing_name), self._region, self._signing_name, "v4", self._credentials, self._emitter
        )
        request = {"method": "GET", "url": self._url, "headers": {}, "body": {}, "context": {}}
        url: str = signer.generate_presigned_url(request, "connect", expires_in=TOKEN_SECONDS)
        return url.partition("://")[2]


def database_login(*, region: str, host: str, port: int, user: str) -> Login:
    """The login of a database user of RDS."""
    query = urlencode({"Action": "connect", "DBUser": user})
    return Login(region=region, signing_name="rds-db", url=f"https://{host}:{port}/?{query}")


def cache_login(*, region: str, replication_group: str, user: str) -> Login:
    """The login of a user of an ElastiCache replication group, which is named, not addressed."""
    query = urlencode({"Action": "connect", "User": user})
    return Login(region=region, signing_name="elasticache", url=f"http://{replication_group}/?{query}")


class AwsService:
    """The operations of one AWS service as coroutines."""

    def __init__(self, name: str, region: str, *, read_seconds: float = 5) -> None:
        """read_seconds: how long an answer may take, of each of three attempts."""
        self._name = name
        self._region = region
        self._read_seconds = read_seconds
        self._client: Any = None

    async def call(self, operation: str, **arguments: object) -> dict[str, Any]:
        """Call an operation, named as botocore's clients name it. Raises botocore's errors.

        An operation goes on, and its result is lost, when the coroutine is cancelled.
        """
        return await asyncio.to_thread(self._call, operation, arguments)

    def _call(self, operation: str, arguments: dict[str, object]) -> dict[str, Any]:
        client = self._client = self._client or _client(self._name, self._region, self._read_seconds)
        try:
            answer: dict[str, Any] = getattr(client, operation)(**arguments)
        except NoCredentialsError:
            self._client = None  # a client looks for credentials once only
            raise
        return answer


def secrets_client(region: str) -> Any:
    """A client of Secrets Manager that gives up within seconds rather than minutes."""
    return _client("secretsmanager", region, read_seconds=5)


def secret_text(client: Any, arn: str) -> str:
    """The current value of a secret. Raises botocore's errors, ResourceNotFoundException where it has no value."""
    text: str = client.get_secret_value(SecretId=arn)["SecretString"]
    return text


def _client(service: str, region: str, read_seconds: float) -> Any:
    limits = Config(
        connect_timeout=3,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    return _session().create_client(service, region_name=region, config=limits)


def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _MODELS)
    return session
