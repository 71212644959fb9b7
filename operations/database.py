"""Whether PostgreSQL answers, asked as a client asks: by a log-in over TLS and one statement.

That its address accepts connections says nothing: a proxy in front of it, such as the sandbox's own, listens while the
server behind it is down or recovers.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from botocore.exceptions import BotoCoreError, ClientError

from operations.aws_apis import AwsApis
from operations.exit_codes import ExitCode, OperationError

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

# For all of it: connection, TLS, log-in and statement.
_ANSWER_SECONDS = 2.0
_BETWEEN_SECONDS = 0.25
_UNANSWERED = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, BotoCoreError, ClientError)


class DatabaseProbe:
    """Asks one database, as its master user. The password goes from Secrets Manager's answer into the log-in alone."""

    def __init__(self, apis: AwsApis, placed: Mapping[str, Any], bundle: Path) -> None:
        """placed: the stack output `database`. bundle: the certificates that the server is verified by."""
        self._rds = apis.session.client("rds", endpoint_url=apis.endpoint, config=apis.config)
        self._secrets = apis.session.client("secretsmanager", endpoint_url=apis.endpoint, config=apis.config)
        self._placed = placed
        self._bundle = bundle

    def answers(self) -> bool:
        """Whether RDS calls it available and it carries out a statement within two seconds."""
        found = self._rds.describe_db_instances(
            Filters=[{"Name": "db-instance-id", "Values": [self._placed["identifier"]]}]
        )["DBInstances"]
        if [one["DBInstanceStatus"] for one in found] != ["available"]:
            return False
        try:
            asyncio.run(self._ask(self._login(found[0])))
        except _UNANSWERED:
            return False
        return True

    def wait_until_it_answers(self, seconds: float, progress: Callable[[str], None]) -> None:
        """Return once it answers. Raises OperationError where it does not within `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > deadline:
                identifier = self._placed["identifier"]
                raise OperationError(f"database {identifier} does not answer after {seconds:.0f} s", ExitCode.REFUSED)
            progress("the database does not answer yet")
            time.sleep(_BETWEEN_SECONDS)

    def _login(self, instance: DBInstanceTypeDef) -> dict[str, Any]:
        answer = self._secrets.get_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"])
        secret = json.loads(answer["SecretString"])
        return {
            "host": self._placed["endpoint"],
            "port": int(self._placed["port"]),
            "database": self._placed["name"],
            "user": secret["username"],
            "password": secret["password"],
            "ssl": ssl.create_default_context(cafile=self._bundle),
        }

    async def _ask(self, login: dict[str, Any]) -> None:
        async with asyncio.timeout(_ANSWER_SECONDS):
            connection = await asyncpg.connect(**login, timeout=_ANSWER_SECONDS)
            try:
                await connection.execute("SELECT 1")
            finally:
                connection.terminate()  # a server that hangs is not waited for
