"""Where container images are kept: scanned when they come, never changed, and let go when they are old."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import IMAGE_REPOSITORY, auto_named

# Releases that can be gone back to; the oldest image beyond them goes, tagged or not.
KEPT_IMAGES = 50


@dataclass(frozen=True, kw_only=True)
class ImageRegistryArgs:
    """key_arn: KMS key that images are encrypted with.
    deletion_protection: keep the images; else they go with the repository.
    """

    key_arn: pulumi.Input[str]
    deletion_protection: bool


class ImageRegistry(Component):
    """One private repository for the image that all services share. A tag that exists can't be moved."""

    layer = "paas"

    def __init__(self, name: str, args: ImageRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        self.repository = aws.ecr.Repository(
            auto_named(IMAGE_REPOSITORY, name),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.key_arn)
            ],
            force_delete=not args.deletion_protection,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        aws.ecr.LifecyclePolicy(name, repository=self.repository.name, policy=_keep(KEPT_IMAGES), opts=self.child())
        self.register_outputs({"url": self.repository.repository_url})


def _keep(images: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": images}
    rule = {"rulePriority": 1, "description": "Old releases", "selection": selection, "action": {"type": "expire"}}
    return json.dumps({"rules": [rule]})
