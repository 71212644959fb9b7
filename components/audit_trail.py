"""Who changed what in the account: CloudTrail, into a bucket that nothing else writes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.closed_bucket import Lifetimes, close_bucket, limit_lifetimes
from components.component import Classification, Component
from components.naming import BUCKET, TRAIL, auto_named

_SERVICE = "cloudtrail.amazonaws.com"
INCOMPLETE_UPLOAD_DAYS = 1


@dataclass(frozen=True, kw_only=True)
class AuditTrailArgs:
    """account_id, region: whose trail it is, and where it stands.
    key_arn: KMS key that CloudTrail may encrypt with.
    retention_days: how long events are kept.
    deletion_protection: keep trail and bucket; else the bucket is emptied when it is destroyed.
    """

    account_id: pulumi.Input[str]
    region: str
    key_arn: pulumi.Input[str]
    retention_days: int
    deletion_protection: bool


class AuditTrail(Component):
    """One trail of all management events, and digests that show whether a log file was changed afterwards.

    It listens in every region, although everything stands in one: whoever has stolen an identity goes where nobody
    looks. What it hears is kept in this region.
    """

    layer = "foundation"

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        bucket_name = auto_named(BUCKET, name, "log")
        self.bucket = aws.s3.Bucket(
            bucket_name,
            force_destroy=not args.deletion_protection,
            opts=self.stateful_child(bucket_name, protect=args.deletion_protection),
        )
        trail_name = auto_named(TRAIL, name)
        closed = close_bucket(
            self,
            name,
            self.bucket,
            key_arn=args.key_arn,
            statements=pulumi.Output.all(bucket=self.bucket.arn, account=args.account_id).apply(
                lambda known: _delivery(known["bucket"], known["account"], args.region, trail_name)
            ),
        )
        limit_lifetimes(
            self,
            name,
            self.bucket,
            Lifetimes(current=args.retention_days, noncurrent=args.retention_days, incomplete=INCOMPLETE_UPLOAD_DAYS),
        )
        self.trail = aws.cloudtrail.Trail(
            trail_name,
            # Through the policy, without which CloudTrail refuses the bucket.
            s3_bucket_name=closed.bucket,
            kms_key_id=args.key_arn,
            enable_log_file_validation=True,
            include_global_service_events=True,
            is_multi_region_trail=True,
            opts=self.stateful_child(trail_name, protect=args.deletion_protection),
        )
        self.register_outputs({"bucket": self.bucket.bucket, "trail": self.trail.arn})


def _delivery(bucket_arn: str, account: str, region: str, trail: str) -> list[dict[str, Any]]:
    """What CloudTrail needs of the bucket, for trails of this name and Pulumi's suffix alone."""
    ours = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:{region}:{account}:trail/{trail}-*"}}
    return [
        {
            "Sid": "TrailLooks",
            "Effect": "Allow",
            "Principal": {"Service": _SERVICE},
            "Action": "s3:GetBucketAcl",
            "Resource": bucket_arn,
            "Condition": ours,
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": {"Service": _SERVICE},
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{account}/*",
            "Condition": {**ours, "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
