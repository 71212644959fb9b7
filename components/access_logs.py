"""Every request to the site, as its load balancer saw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.closed_bucket import Lifetimes, close_bucket, limit_lifetimes
from components.component import Classification, Component
from components.naming import BUCKET, auto_named

# Load balancers write as this service. In regions that opened before August 2022, as Jakarta did, the documentation
# names an account of Elastic Load Balancing's instead: both are let in.
_WRITER = "logdelivery.elasticloadbalancing.amazonaws.com"
_JAKARTA_WRITER = "arn:aws:iam::589379963580:root"
INCOMPLETE_UPLOAD_DAYS = 1
NONCURRENT_DAYS = 1


@dataclass(frozen=True, kw_only=True)
class AccessLogsArgs:
    """account_id: whose load balancer writes.
    retention_days: how long logs are kept: they hold addresses of people.
    deletion_protection: keep the bucket; else it is emptied when it is destroyed.
    """

    account_id: pulumi.Input[str]
    retention_days: int
    deletion_protection: bool


class AccessLogs(Component):
    """A closed bucket that Elastic Load Balancing writes to.

    It is encrypted with S3's own keys: load balancers can't write with others (Elastic Load Balancing, access logs).
    """

    layer = "foundation"

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        bucket = aws.s3.Bucket(
            auto_named(BUCKET, name),
            force_destroy=not args.deletion_protection,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        closed = close_bucket(
            self,
            name,
            bucket,
            key_arn=None,
            statements=pulumi.Output.all(bucket=bucket.arn, account=args.account_id).apply(
                lambda known: [_delivery(known["bucket"], known["account"])]
            ),
        )
        limit_lifetimes(
            self,
            name,
            bucket,
            Lifetimes(current=args.retention_days, noncurrent=NONCURRENT_DAYS, incomplete=INCOMPLETE_UPLOAD_DAYS),
        )
        # Through the policy: a load balancer is refused where it can't write yet.
        self.bucket = closed.bucket
        self.register_outputs({"bucket": self.bucket})


def _delivery(bucket_arn: str, account: str) -> dict[str, Any]:
    return {
        "Sid": "LoadBalancerWrites",
        "Effect": "Allow",
        "Principal": {"Service": _WRITER, "AWS": _JAKARTA_WRITER},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/AWSLogs/{account}/*",
    }
