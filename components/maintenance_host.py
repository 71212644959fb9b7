"""The one machine beside the fleets: it runs migrations inside the VPC, and people reach it by Systems Manager."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.firewall import connect, reach_aws
from components.instance_identity import InstanceIdentity, InstanceIdentityArgs
from components.naming import SECURITY_GROUP, auto_named, logical
from components.virtual_machine import METADATA_HOPS, METADATA_TOKENS, VOLUME_TYPE, MachineShape


@dataclass(frozen=True, kw_only=True)
class MaintenanceHostArgs:
    """shape: what the machine is.
    vpc_id, subnet_id: where it stands.
    user_data: cloud-config; a change replaces the machine.
    permissions: policy documents by purpose.
    database_security_group, database_port: what it opens connections to.
    """

    shape: MachineShape
    vpc_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    user_data: pulumi.Input[str]
    permissions: Mapping[str, pulumi.Input[str]]
    database_security_group: aws.ec2.SecurityGroup
    database_port: int


class MaintenanceHost(Component):
    """One virtual machine that holds nothing and serves nobody."""

    layer = "iaas"

    def __init__(self, name: str, args: MaintenanceHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        classification = Classification(data_class="personal")
        super().__init__(name, classification, opts)
        self.identity = InstanceIdentity(
            name,
            InstanceIdentityArgs(classification=classification, permissions=args.permissions),
            pulumi.ResourceOptions(parent=self),
        )
        self.security_group = aws.ec2.SecurityGroup(
            auto_named(SECURITY_GROUP, name),
            description="The maintenance host",
            vpc_id=args.vpc_id,
            opts=self.child(),
        )
        paths = [
            reach_aws(logical(name, "to-aws"), source=self.security_group, opts=self.child()),
            *connect(
                logical(name, "to-database"),
                source=self.security_group,
                target=args.database_security_group,
                port=args.database_port,
                opts=self.child(),
            ),
        ]
        self.instance = aws.ec2.Instance(
            name,
            ami=args.shape.image_id,
            instance_type=args.shape.instance_type,
            subnet_id=args.subnet_id,
            associate_public_ip_address=False,
            vpc_security_group_ids=[self.security_group.id],
            iam_instance_profile=self.identity.profile.name,
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens=METADATA_TOKENS, http_put_response_hop_limit=METADATA_HOPS
            ),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
                volume_type=VOLUME_TYPE,
                volume_size=args.shape.root_volume_gib,
                encrypted=True,
                kms_key_id=args.shape.key_arn,
                delete_on_termination=True,
            ),
            user_data=args.user_data,
            user_data_replace_on_change=True,
            opts=self.child(depends_on=[*paths, *self.identity.policies]),
        )
        self.register_outputs({"instance_id": self.instance.id})
