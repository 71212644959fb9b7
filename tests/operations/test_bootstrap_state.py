"""The state's bucket and key are made as the stack files name them, and brought back where somebody changed them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import yaml
from moto import mock_aws

from operations.bootstrap_state import REGION, alias_name, bootstrap, bucket_name, main

pytestmark = pytest.mark.unit

BUCKET = bucket_name("123456789012")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.Session(region_name=REGION)


def test_it_is_closed_versioned_encrypted_and_tls_only(session: boto3.Session) -> None:
    bootstrap("prod", session)
    s3 = session.client("s3")
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == REGION
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    kms = session.client("kms")
    key = kms.describe_key(KeyId=alias_name("prod"))["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_a_second_run_makes_nothing_and_closes_what_was_opened(session: boto3.Session) -> None:
    bootstrap("prod", session)
    s3, kms = session.client("s3"), session.client("kms")
    s3.delete_public_access_block(Bucket=BUCKET)
    kms.disable_key_rotation(KeyId=kms.describe_key(KeyId=alias_name("prod"))["KeyMetadata"]["KeyId"])
    keys = len(kms.list_keys()["Keys"])
    done = bootstrap("prod", session)
    assert not [line for line in done if line.startswith("made")]
    assert len(kms.list_keys()["Keys"]) == keys
    assert s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"]


def test_a_second_environment_has_a_key_of_its_own_and_leaves_the_bucket_s(session: boto3.Session) -> None:
    bootstrap("prod", session)
    s3 = session.client("s3")
    before = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]
    bootstrap("dev", session)
    assert s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"] == before
    kms = session.client("kms")
    keys = {kms.describe_key(KeyId=alias_name(name))["KeyMetadata"]["KeyId"] for name in ("prod", "dev")}
    assert len(keys) == 2


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_what_it_prints_is_what_the_stack_file_names(
    environment: str, session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    stack_file = Path(__file__).parents[2] / f"Pulumi.{environment}.yaml"
    provider = yaml.safe_load(stack_file.read_text())["secretsprovider"]
    assert main([environment]) == 0
    assert f'--secrets-provider "{provider}"' in capsys.readouterr().out
