"""The identity keys' way from the migration job to the service, through Secrets Manager."""

from __future__ import annotations

import asyncio

import pytest

from app.common.aws import AwsError, Secret
from app.common.key_source import KeySource
from app.migrate import ensure_identity_key
from tests.app.cloud import ACCOUNT, REGION, Cloud

pytestmark = pytest.mark.sandbox


@pytest.fixture
def arn(cloud: Cloud) -> str:
    """Of a secret without a value."""
    name = f"identity-key-{len(cloud.client('secretsmanager').list_secrets()['SecretList'])}"
    return str(cloud.client("secretsmanager").create_secret(Name=name)["ARN"])


def test_the_first_migration_makes_the_keys_and_later_ones_keep_them(arn: str) -> None:
    secret = Secret(region=REGION, arn=arn)
    ensure_identity_key(secret)
    first = secret.text()
    ensure_identity_key(secret)
    assert secret.text() == first


def test_the_service_waits_until_there_are_keys(arn: str) -> None:
    async def start() -> KeySource:
        source = KeySource(region=REGION, secret_arn=arn)
        loading = asyncio.create_task(source.load())
        await asyncio.sleep(0)
        assert source.keys is None
        await asyncio.to_thread(ensure_identity_key, Secret(region=REGION, arn=arn))
        await asyncio.wait_for(loading, 10)
        return source

    keys = asyncio.run(start()).keys
    assert keys is not None
    assert keys.version == 1


@pytest.mark.usefixtures("cloud")
def test_a_secret_that_does_not_exist_stops_the_migration() -> None:
    nothing = Secret(region=REGION, arn=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:nothing")
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        ensure_identity_key(nothing)
