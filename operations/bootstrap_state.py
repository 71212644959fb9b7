"""Makes what must stand before an environment's first `pulumi up` on AWS: the bucket of Pulumi's state, and its key.

    uv run --no-dev python -m operations.bootstrap_state ENVIRONMENT [--region REGION]

with the credentials of whoever administers the account. Idempotent: it brings what is there to what it should be, and
says what it did. It prints the two commands that come next.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import boto3
import botocore.exceptions

REGION = "ap-southeast-3"
# How long what an update replaced in the state can be brought back.
_KEPT_DAYS = 90


def alias_name(environment: str) -> str:
    """The key's alias, as `secretsprovider` in the environment's stack file names it."""
    return f"alias/prakerja-{environment}-pulumi"


def bucket_name(account: str) -> str:
    """The bucket of an account, for all its environments: a stack is a key in it."""
    return f"prakerja-pulumi-state-{account}"


def bootstrap(environment: str, session: boto3.Session) -> list[str]:
    """Make or complete the key and the bucket. Returns what was done, a line each."""
    account: str = session.client("sts").get_caller_identity()["Account"]
    key, done = _make_key(session.client("kms"), environment)
    return [*done, *_make_bucket(session.client("s3"), bucket_name(account), key, str(session.region_name))]


def _make_key(kms: Any, environment: str) -> tuple[str, list[str]]:
    alias = alias_name(environment)
    done = []
    aliases = [found for page in kms.get_paginator("list_aliases").paginate() for found in page["Aliases"]]
    key = next((str(found["TargetKeyId"]) for found in aliases if found["AliasName"] == alias), None)
    if key is None:
        description = f"Secrets in Pulumi's state of {environment}"
        key = str(kms.create_key(Description=description)["KeyMetadata"]["KeyId"])
        kms.create_alias(AliasName=alias, TargetKeyId=key)
        done.append(f"made key {key} with {alias}")
    if not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]:
        kms.enable_key_rotation(KeyId=key)
        done.append(f"turned on the yearly rotation of {alias}")
    return key, done


def _make_bucket(s3: Any, bucket: str, key: str, region: str) -> list[str]:
    done = []
    try:
        s3.head_bucket(Bucket=bucket)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise  # somebody else's, or not ours to see
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        done.append(f"made bucket {bucket}")
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    if done:  # the account's first environment; the next one's key does not take its place
        by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        rules = [{"ApplyServerSideEncryptionByDefault": by_key, "BucketKeyEnabled": True}]
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_tls_only(bucket)))
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [_expiry()]})
    return [*done, f"{bucket} is closed, versioned, encrypted, and answers over TLS only"]


def _tls_only(bucket: str) -> dict[str, Any]:
    arn = f"arn:aws:s3:::{bucket}"
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _expiry() -> dict[str, Any]:
    return {
        "ID": "old-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": _KEPT_DAYS},
    }


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m operations.bootstrap_state", description=__doc__)
    parser.add_argument("environment", help="prod or dev: as in Pulumi.ENVIRONMENT.yaml")
    parser.add_argument("--region", default=REGION, help=f"default: {REGION}")
    given = parser.parse_args(arguments)
    session = boto3.Session(region_name=given.region)
    account = session.client("sts").get_caller_identity()["Account"]
    print(f"account {account}, {given.region}")
    for line in bootstrap(given.environment, session):
        print(line)
    provider = f"awskms://{alias_name(given.environment)}?region={given.region}"
    print(f'\npulumi login "s3://{bucket_name(account)}?region={given.region}"')
    print(f'pulumi stack init {given.environment} --secrets-provider "{provider}"')
    return 0


if __name__ == "__main__":
    sys.exit(main())
