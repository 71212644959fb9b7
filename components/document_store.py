"""The bucket for what people upload: pictures of identity cards and of faces."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.closed_bucket import Lifetimes, close_bucket, limit_lifetimes
from components.component import Classification, Component
from components.naming import BUCKET, auto_named

# Long enough to notice that something was overwritten or deleted by mistake; not longer, as it is personal data that
# its owner may have asked to be deleted. Its copies in the backup vault go when their own retention ends.
LIFETIMES = Lifetimes(noncurrent=30, incomplete=1)


@dataclass(frozen=True, kw_only=True)
class DocumentStoreArgs:
    """key_arn: KMS key for personal data, which encrypts the bucket.
    deletion_protection: keep the bucket; else it is emptied when it is destroyed.
    """

    key_arn: pulumi.Input[str]
    deletion_protection: bool


class DocumentStore(Component):
    """A closed, versioned, encrypted bucket that answers over TLS only, and forgets what was deleted after a while.

    versioned_arn: its ARN, known once it keeps versions.
    """

    layer = "foundation"

    def __init__(self, name: str, args: DocumentStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.bucket = aws.s3.Bucket(
            auto_named(BUCKET, name),
            force_destroy=not args.deletion_protection,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        closed = close_bucket(self, name, self.bucket, key_arn=args.key_arn)
        self.versioned_arn = pulumi.Output.all(arn=self.bucket.arn, closed=closed.id).apply(
            lambda known: str(known["arn"])
        )
        limit_lifetimes(self, name, self.bucket, LIFETIMES)
        self.register_outputs({"bucket": self.bucket.bucket})
