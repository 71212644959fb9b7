"""What every virtual machine has in common, whether it stands alone or in a group."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# Amazon Linux 2023 boots from this device.
ROOT_DEVICE = "/dev/xvda"
VOLUME_TYPE = "gp3"
# One hop: the metadata service answers the machine itself and nothing that it forwards for.
METADATA_HOPS = 1
# Session tokens are required (IMDSv2): a request that somebody tricked a service into making has none.
METADATA_TOKENS = "required"


@dataclass(frozen=True, kw_only=True)
class MachineShape:
    """image_id: the image it boots.
    instance_type: its size.
    root_volume_gib: size of its disk.
    key_arn: KMS key of its disk.
    """

    image_id: pulumi.Input[str]
    instance_type: str
    root_volume_gib: int
    key_arn: pulumi.Input[str]


def find_image(name: str) -> pulumi.Output[str]:
    """The id of Amazon's image of exactly that name.

    Amazon deprecates an image after some months; a pinned one must still be found then.
    """
    image = aws.ec2.get_ami_output(
        owners=["amazon"],
        filters=[aws.ec2.GetAmiFilterArgs(name="name", values=[name])],
        include_deprecated=True,
    )
    return image.id
