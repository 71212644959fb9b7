"""A database is ready once PostgreSQL carries out a statement; that something listens is not enough."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest
from botocore.exceptions import ClientError

from operations import database as module
from operations.aws_apis import AwsApis
from operations.database import DatabaseProbe
from sandbox.dataplane.certificates import CertificateAuthority

pytestmark = pytest.mark.unit

PLACED = {"identifier": "db", "endpoint": "127.10.0.5", "port": 5432, "name": "prakerja"}
SECRET = "arn:aws:secretsmanager:ap-southeast-3:1:secret:master"


class Apis:
    """RDS and Secrets Manager at once. `client` hands out itself."""

    endpoint = config = None

    def __init__(self, status: str = "available", *, has_secret: bool = True) -> None:
        self.session = self
        self._status = status
        self._has_secret = has_secret

    def client(self, _service: str, **_where: Any) -> Apis:
        return self

    def describe_db_instances(self, **_filters: Any) -> Any:
        return {"DBInstances": [{"DBInstanceStatus": self._status, "MasterUserSecret": {"SecretArn": SECRET}}]}

    def get_secret_value(self, *, SecretId: str) -> Any:  # noqa: N803 - the API's own name
        assert SecretId == SECRET
        if not self._has_secret:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": json.dumps({"username": "prakerja_master", "password": "hidden"})}


class Connection:
    """One that carries out statements, or does not."""

    def __init__(self, failure: Exception | None = None, *, hangs: bool = False) -> None:
        self.terminated = False
        self._failure = failure
        self._hangs = hangs

    async def execute(self, statement: str) -> None:
        assert statement == "SELECT 1"
        if self._failure is not None:
            raise self._failure
        if self._hangs:
            await asyncio.Event().wait()

    def terminate(self) -> None:
        self.terminated = True


def answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apis: Apis, connection: Connection | Exception
) -> tuple[bool, dict[str, Any]]:
    """What the probe says, and how it logged in."""
    login: dict[str, Any] = {}

    async def connect(**arguments: Any) -> Connection:
        login.update(arguments)
        if isinstance(connection, Exception):
            raise connection
        return connection

    monkeypatch.setattr(asyncpg, "connect", connect)
    monkeypatch.setattr(module, "_ANSWER_SECONDS", 0.1)
    bundle = CertificateAuthority(tmp_path).certificate_file
    return DatabaseProbe(cast("AwsApis", apis), PLACED, bundle).answers(), login


def test_a_statement_that_is_carried_out_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection()
    found, login = answers(tmp_path, monkeypatch, Apis(), connection)
    assert found
    assert (login["host"], login["database"], login["user"]) == ("127.10.0.5", "prakerja", "prakerja_master")
    assert login["ssl"].check_hostname
    assert connection.terminated


@pytest.mark.parametrize(
    "connection",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.InvalidPasswordError("password authentication failed"),
        ConnectionRefusedError(),
        Connection(asyncpg.AdminShutdownError("terminating connection")),
        Connection(asyncpg.ConnectionDoesNotExistError("connection was closed")),
        Connection(hangs=True),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_database_that_listens_and_does_not_answer_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connection: Connection | Exception
) -> None:
    assert not answers(tmp_path, monkeypatch, Apis(), connection)[0]


@pytest.mark.parametrize("apis", [Apis("creating"), Apis(has_secret=False)], ids=["not made yet", "no secret"])
def test_what_can_not_be_asked_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apis: Apis) -> None:
    found, login = answers(tmp_path, monkeypatch, apis, Connection())
    assert not found
    assert not login
