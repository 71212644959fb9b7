"""What every bucket of the platform is: closed to the public, versioned, encrypted, spoken to over TLS alone.

S3 has a resource for each of these; whoever owns a bucket makes them as children of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Component


@dataclass(frozen=True, kw_only=True)
class Lifetimes:
    """How long a bucket keeps what nobody needs, in days.

    noncurrent: a version after it was overwritten or deleted. incomplete: an upload that was begun and left.
    current: an object at all; None keeps it until somebody deletes it.
    """

    noncurrent: int
    incomplete: int
    current: int | None = None


def close_bucket(
    component: Component,
    name: str,
    bucket: aws.s3.Bucket,
    *,
    key_arn: pulumi.Input[str] | None,
    statements: pulumi.Input[Sequence[dict[str, Any]]] = (),
) -> aws.s3.BucketPolicy:
    """Make `bucket` closed, versioned, encrypted, and TLS only. Answers its policy, which comes last.

    key_arn: KMS key that encrypts it; None for S3's own keys, where the writer knows no others.
    statements: further statements of its policy.
    """
    public_access_block = aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=component.child(),
    )
    closed: list[pulumi.Resource] = [
        public_access_block,
        aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=component.child(),
        ),
        aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=component.child(),
        ),
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.bucket, rules=[_encryption(key_arn)], opts=component.child()
        ),
    ]
    return aws.s3.BucketPolicy(
        name,
        bucket=bucket.bucket,
        policy=pulumi.Output.all(arn=bucket.arn, more=statements).apply(
            lambda known: iam_policy.document(_tls_only(known["arn"]), *known["more"])
        ),
        # S3 refuses two changes of a bucket's openness at once.
        opts=component.child(depends_on=closed),
    )


def limit_lifetimes(component: Component, name: str, bucket: aws.s3.Bucket, lifetimes: Lifetimes) -> None:
    """Have S3 delete what has outlived its use."""
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs
    aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.bucket,
        rules=[
            rule(
                id="lifetimes",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=lifetimes.current)
                if lifetimes.current
                else None,
                noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                    noncurrent_days=lifetimes.noncurrent
                ),
                abort_incomplete_multipart_upload=(
                    aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=lifetimes.incomplete
                    )
                ),
            )
        ],
        opts=component.child(),
    )


def _encryption(
    key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgs:
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs
    if key_arn is None:
        return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default(sse_algorithm="AES256")
        )
    return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=default(sse_algorithm="aws:kms", kms_master_key_id=key_arn),
        bucket_key_enabled=True,
    )


def _tls_only(bucket_arn: str) -> dict[str, Any]:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
