"""The identity keys' way from the migration job to the service, through Secrets Manager."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from app.common import aws
from app.migrate import ensure_identity_key
from app.registration.key_source import KeySource

pytestmark = pytest.mark.unit

REGION = "ap-southeast-3"


@pytest.fixture
def secrets() -> Iterator[Any]:
    with mock_aws():
        yield aws.secrets_client(REGION)


def test_the_first_migration_makes_the_keys_and_later_ones_keep_them(secrets: Any) -> None:
    arn = secrets.create_secret(Name="identity-key")["ARN"]
    ensure_identity_key(secrets, arn)
    first = aws.secret_text(secrets, arn)
    ensure_identity_key(secrets, arn)
    assert aws.secret_text(secrets, arn) == first


def test_the_service_waits_until_there_are_keys(secrets: Any) -> None:
    arn = secrets.create_secret(Name="identity-key")["ARN"]

    async def start() -> KeySource:
        source = KeySource(region=REGION, secret_arn=arn)
        loading = asyncio.create_task(source.load())
        await asyncio.sleep(0)
        assert source.keys is None
        await asyncio.to_thread(ensure_identity_key, secrets, arn)
        await asyncio.wait_for(loading, 10)
        return source

    keys = asyncio.run(start()).keys
    assert keys is not None
    assert keys.version == 1


def test_a_secret_that_does_not_exist_stops_the_migration(secrets: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        ensure_identity_key(secrets, f"arn:aws:secretsmanager:{REGION}:123456789012:secret:nothing")
