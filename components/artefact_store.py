"""The bucket that virtual machines fetch their artefact from, and the artefact in it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.artefact_build import BuiltArtefact
from components.closed_bucket import close_bucket
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
        closed = close_bucket(self, name, self.bucket, key_arn=args.key_arn)
        self.object = aws.s3.BucketObjectv2(
            name,
            bucket=self.bucket.bucket,
            key=self.key,
            source=pulumi.FileAsset(str(args.artefact.path)),
            content_type="application/x-tar",
            # A machine of the release before may be launched at any time: in a refresh, and when one is rolled back.
            opts=self.child(retain_on_delete=True, depends_on=[closed]),
        )
        self.register_outputs({"bucket": self.bucket.bucket, "key": self.key})
