"""Fixtures for the services: settings, keys, and a migrated database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.common import aws
from app.common.identity_keys import IdentityKeys, new_secret
from app.common.key_source import KeySource
from app.common.settings import CacheSettings, DatabaseSettings, MailSettings, ServiceSettings, SesSettings
from app.migrate import migrate
from tests.app import cloud as cloud_module
from tests.app.cloud import SENDER, Cloud
from tests.app.postgresql import PostgreSQL, server


def service_settings(service: str) -> ServiceSettings:
    return ServiceSettings(
        service=service,
        environment="test",
        region="ap-southeast-3",
        listen_host="127.0.0.1",
        listen_port=8080,
        drain_seconds=5,
        database=DatabaseSettings(host="database.invalid", port=5432, name="prakerja", ca_bundle=Path("/nonexistent")),
        database_user=service,
        database_pool_size=2,
        identity_key_secret="arn:aws:secretsmanager:ap-southeast-3:123456789012:secret:identity-key",
        cache=CacheSettings(
            host="cache.invalid", port=6379, name="prakerja-cache", user=service, ca_bundle=Path("/nonexistent")
        ),
        mail=MailSettings(
            sender=SENDER,
            way=SesSettings(configuration_set="prakerja"),
            per_second=1000,
            site_url="https://prakerja.test",
        ),
        queue_urls={},
        partners=frozenset(),
        partner_apis={},
        served_by="i-0123456789abcdef0",
        release="0123456789ab",
    )


@pytest.fixture(autouse=True)
def _own_credentials() -> None:
    """Every test looks for credentials anew."""
    aws.credentials.cache_clear()
    aws._session.cache_clear()


@pytest.fixture(scope="session")
def running_cloud() -> Iterator[Cloud]:
    with cloud_module.server() as running:
        yield running


@pytest.fixture
def cloud(running_cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """SQS and SES with a verified sender, which the services reach by their environment; no mail has been sent yet."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", running_cloud.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unused")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unused")
    running_cloud.start_mail_anew()
    return running_cloud


class LoadedKeys(KeySource):
    """A key source that has its keys already."""

    def __init__(self) -> None:
        super().__init__(region="ap-southeast-3", secret_arn="unused")
        self.keys = IdentityKeys(new_secret())


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A server with an empty database `prakerja` and the role that RDS has for IAM authentication."""
    directory = tmp_path_factory.mktemp("postgresql")
    for parent in (directory, directory.parent, directory.parent.parent):
        parent.chmod(parent.stat().st_mode | 0o011)  # the server runs as another user
    with server(directory) as running:
        asyncio.run(_create_database(running))
        yield running


async def _create_database(running: PostgreSQL) -> None:
    connection = await asyncpg.connect(**running.login("master", "postgres"))
    await connection.execute("CREATE ROLE rds_iam")
    await connection.execute("CREATE DATABASE prakerja")
    await connection.close()


@pytest.fixture(scope="session")
def migrated(postgresql: PostgreSQL) -> PostgreSQL:
    """The server after the migration job."""
    asyncio.run(migrate(postgresql.login("master")))
    return postgresql
