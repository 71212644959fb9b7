"""The two things a service asks of AWS: a token to log in to its database, and the text of a secret.

botocore alone is used, without boto3. Its service models take 10 MB and a fifth of a second of work: they are read
once, by `preload`, and shared by every process forked afterwards. Sessions, credentials and sockets are made after
the fork only.
"""

from __future__ import annotations

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

TOKEN_SECONDS = 900  # RDS accepts a token for 15 minutes; it is checked at login only

_MODELS = create_loader()


def preload() -> None:
    """Read the models, import the modules that a client needs, and set up OpenSSL."""
    ssl.create_default_context()
    session = _session()
    session.get_component("credential_provider")
    session.set_credentials("unused", "unused")
    session.create_client("secretsmanager", region_name="unused")


class DatabaseLogin:
    """Makes the passwords with which one database user logs in by IAM authentication."""

    def __init__(self, *, region: str, host: str, port: int, user: str) -> None:
        self._address = f"https://{host}:{port}"
        self._user = user
        self._region = region
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
        signer = RequestSigner(ServiceId("RDS"), self._region, "rds-db", "v4", self._credentials, self._emitter)
        query = urlencode({"Action": "connect", "DBUser": self._user})
        request = {"method": "GET", "url": f"{self._address}/?{query}", "headers": {}, "body": {}, "context": {}}
        url: str = signer.generate_presigned_url(request, "connect", expires_in=TOKEN_SECONDS)
        return url.removeprefix("https://")


def secrets_client(region: str) -> Any:
    """A client of Secrets Manager that gives up within seconds rather than minutes."""
    limits = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    return _session().create_client("secretsmanager", region_name=region, config=limits)


def secret_text(client: Any, arn: str) -> str:
    """The current value of a secret. Raises botocore's errors, ResourceNotFoundException where it has no value."""
    text: str = client.get_secret_value(SecretId=arn)["SecretString"]
    return text


def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _MODELS)
    return session
