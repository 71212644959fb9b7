"""The bucket that virtual machines fetch their artefact from, and the artefact in it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.artefact_build import BuiltArtefact
from components.component import Classification, Component
from components.naming import BUCKET, auto_named

ARTEFACT_PREFIX = "artefacts/"


@dataclass(frozen=True, kw_only=True)
class ArtefactStoreArgs:
    """artefact: the built archive.
    key_arn: KMS key that encrypts the bucket.
    deletion_protection: keep the bucket; else it is emptied when it is destroyed.
    """

    artefact: BuiltArtefact
    key_arn: pulumi.Input[str]
    deletion_protection: bool


class ArtefactStore(Component):
    """A closed, versioned, encrypted bucket that answers over TLS only, and one artefact named by its digest."""

    layer = "foundation"

    def __init__(self, name: str, args: ArtefactStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        self.artefact = args.artefact
        self.key = f"{ARTEFACT_PREFIX}{args.artefact.sha256}.tar"
        self.bucket = aws.s3.Bucket(
            auto_named(BUCKET, name),
            force_destroy=not args.deletion_protection,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        closed = self._close(name, args)
        self.object = aws.s3.BucketObjectv2(
            name,
            bucket=self.bucket.bucket,
            key=self.key,
            source=pulumi.FileAsset(str(args.artefact.path)),
            content_type="application/x-tar",
            # A machine of the release before may be launched at any time: in a refresh, and when one is rolled back.
            opts=self.child(retain_on_delete=True, depends_on=closed),
        )
        self.register_outputs({"bucket": self.bucket.bucket, "key": self.key})

    def _close(self, name: str, args: ArtefactStoreArgs) -> list[pulumi.Resource]:
        bucket = self.bucket.bucket
        public_access_block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )
        return [
            public_access_block,
            aws.s3.BucketOwnershipControls(
                name,
                bucket=bucket,
                rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
                opts=self.child(),
            ),
            aws.s3.BucketVersioning(
                name,
                bucket=bucket,
                versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
                opts=self.child(),
            ),
            aws.s3.BucketServerSideEncryptionConfiguration(
                name,
                bucket=bucket,
                rules=[
                    aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                        apply_server_side_encryption_by_default=(
                            aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                                sse_algorithm="aws:kms", kms_master_key_id=args.key_arn
                            )
                        ),
                        bucket_key_enabled=True,
                    )
                ],
                opts=self.child(),
            ),
            aws.s3.BucketPolicy(
                name,
                bucket=bucket,
                policy=self.bucket.arn.apply(_tls_only),
                # S3 refuses two changes of a bucket's openness at once.
                opts=self.child(depends_on=[public_access_block]),
            ),
        ]


def _tls_only(bucket_arn: str) -> str:
    return iam_policy.document(
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, f"{bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )
