"""Passwords for database and cache by IAM authentication: presigned requests that are never sent."""

from __future__ import annotations

from urllib.parse import urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from app.common.aws import credentials

TOKEN_SECONDS = 900  # RDS and ElastiCache accept a token for 15 minutes; it is checked at login only


class Login:
    """Makes the passwords with which one user logs in to one server."""

    def __init__(self, *, region: str, signing_name: str, url: str) -> None:
        """url: what is presigned; the password is the result without its scheme."""
        self._region = region
        self._signing_name = signing_name
        self._url = url

    def token(self) -> str:
        """A password that is good for a login within 15 minutes.

        Blocks for as long as the process's role takes to hand out credentials, when those at hand have expired.
        Raises botocore's NoCredentialsError where there are none.
        """
        request = AWSRequest(method="GET", url=self._url)
        SigV4QueryAuth(credentials(), self._signing_name, self._region, expires=TOKEN_SECONDS).add_auth(request)
        return str(request.url).partition("://")[2]


def database_login(*, region: str, host: str, port: int, user: str) -> Login:
    """The login of a database user of RDS."""
    query = urlencode({"Action": "connect", "DBUser": user})
    return Login(region=region, signing_name="rds-db", url=f"https://{host}:{port}/?{query}")


def cache_login(*, region: str, replication_group: str, user: str) -> Login:
    """The login of a user of an ElastiCache replication group, which is named, not addressed."""
    query = urlencode({"Action": "connect", "User": user})
    return Login(region=region, signing_name="elasticache", url=f"http://{replication_group}/?{query}")
