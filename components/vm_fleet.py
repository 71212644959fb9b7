"""A service's virtual machines: as many as asked, over all zones, replaced when one fails or the release changes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.firewall import connect, reach_aws, reach_networks
from components.instance_identity import InstanceIdentity, InstanceIdentityArgs
from components.naming import LAUNCH_TEMPLATE, SECURITY_GROUP, auto_named, logical
from components.virtual_machine import METADATA_HOPS, METADATA_TOKENS, ROOT_DEVICE, VOLUME_TYPE, MachineShape

# A rolling replacement never goes below what serves now, and a tenth at a time comes on top.
REFRESH_MIN_HEALTHY_PERCENT = 100
REFRESH_MAX_HEALTHY_PERCENT = 110
# From launch to answering: boot, packages, the artefact. Health is not asked before, or slow starts would be ended.
GRACE_SECONDS = 300
# How long an update waits for all machines to answer.
CAPACITY_TIMEOUT = "15m"


@dataclass(frozen=True, kw_only=True)
class LoadBalancedBy:
    """target_group_arn: where machines register.
    security_group: the load balancer's, which is let in.
    port: that machines listen on.
    """

    target_group_arn: pulumi.Input[str]
    security_group: aws.ec2.SecurityGroup
    port: int


@dataclass(frozen=True, kw_only=True)
class VmFleetArgs:
    """classification: whose machines they are.
    shape: what each machine is.
    size: how many there are, neither fewer nor more; at least 1.
    vpc_id, subnet_ids: where they stand, a subnet a zone.
    user_data: cloud-config.
    permissions: policy documents by purpose.
    load_balanced_by: where requests come from; none for a worker.
    reaches: security groups it may open connections to, and on which port, by purpose (`database`).
    asks: networks of others that it speaks to by HTTPS, by partner.
    """

    classification: Classification
    shape: MachineShape
    size: int
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    user_data: pulumi.Input[str]
    permissions: Mapping[str, pulumi.Input[str]]
    load_balanced_by: LoadBalancedBy | None
    reaches: Mapping[str, tuple[aws.ec2.SecurityGroup, int]]
    asks: Mapping[str, Sequence[IPv4Network]]

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size: {self.size} given; allowed: at least 1")


class VmFleet(Component):
    """An Auto Scaling group of fixed size with all that its machines need."""

    layer = "iaas"

    def __init__(self, name: str, args: VmFleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.classification, opts)
        self.identity = InstanceIdentity(
            name,
            InstanceIdentityArgs(classification=args.classification, permissions=args.permissions),
            pulumi.ResourceOptions(parent=self),
        )
        self.security_group = aws.ec2.SecurityGroup(
            auto_named(SECURITY_GROUP, name, "vm"),
            description=f"Virtual machines of {args.classification.service}",
            vpc_id=args.vpc_id,
            opts=self.child(),
        )
        paths = self._open_paths(name, args)
        self.launch_template = self._launch_template(name, args)
        self.group = self._group(name, args, ready=[*paths, *self.identity.policies])
        self.register_outputs({"group": self.group.name})

    def _open_paths(self, name: str, args: VmFleetArgs) -> list[pulumi.Resource]:
        paths = [reach_aws(logical(name, "to-aws"), source=self.security_group, opts=self.child())]
        for purpose, (target, port) in args.reaches.items():
            paths += connect(
                logical(name, "to", purpose), source=self.security_group, target=target, port=port, opts=self.child()
            )
        for partner, networks in args.asks.items():
            paths += reach_networks(
                logical(name, "to", partner), source=self.security_group, networks=networks, opts=self.child()
            )
        if args.load_balanced_by:
            paths += connect(
                logical("site-to", name),
                source=args.load_balanced_by.security_group,
                target=self.security_group,
                port=args.load_balanced_by.port,
                opts=self.child(),
            )
        return paths

    def _launch_template(self, name: str, args: VmFleetArgs) -> aws.ec2.LaunchTemplate:
        return aws.ec2.LaunchTemplate(
            auto_named(LAUNCH_TEMPLATE, name),
            update_default_version=True,
            image_id=args.shape.image_id,
            instance_type=args.shape.instance_type,
            # A machine that gives up powers off; its group is to see it gone, not stopped.
            instance_initiated_shutdown_behavior="terminate",
            iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=self.identity.profile.arn),
            vpc_security_group_ids=[self.security_group.id],
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens=METADATA_TOKENS, http_put_response_hop_limit=METADATA_HOPS
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=ROOT_DEVICE,
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type=VOLUME_TYPE,
                        volume_size=args.shape.root_volume_gib,
                        encrypted="true",
                        kms_key_id=args.shape.key_arn,
                        delete_on_termination="true",
                    ),
                )
            ],
            user_data=pulumi.Output.from_input(args.user_data).apply(
                lambda text: base64.b64encode(text.encode()).decode()
            ),
            opts=self.child(),
        )

    def _group(self, name: str, args: VmFleetArgs, *, ready: list[pulumi.Resource]) -> aws.autoscaling.Group:
        balanced = args.load_balanced_by
        return aws.autoscaling.Group(
            name,
            min_size=args.size,
            max_size=args.size,
            desired_capacity=args.size,
            vpc_zone_identifiers=list(args.subnet_ids),
            launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
                id=self.launch_template.id,
                # A number: with $Latest the group would never differ, and no refresh would begin.
                version=self.launch_template.latest_version.apply(str),
            ),
            target_group_arns=[balanced.target_group_arn] if balanced else [],
            health_check_type="ELB" if balanced else "EC2",
            health_check_grace_period=GRACE_SECONDS,
            wait_for_elb_capacity=args.size if balanced else None,
            wait_for_capacity_timeout=CAPACITY_TIMEOUT,
            instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
                strategy="Rolling",
                preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                    min_healthy_percentage=REFRESH_MIN_HEALTHY_PERCENT,
                    max_healthy_percentage=REFRESH_MAX_HEALTHY_PERCENT,
                    # The load balancer says when a machine is ready. By default AWS waits the grace period too, with
                    # each batch: an hour for a hundred machines.
                    instance_warmup="0",
                    # Makes each refresh remember the version that it brings. AWS's own rollback is of little use: the
                    # provider saves that version on the group before the refresh begins, and so AWS goes back to the
                    # very same (terraform-provider-aws#34189), after an hour. Whoever deploys waits for the refresh
                    # and takes the way back: `./prakerja release --wait`.
                    auto_rollback=True,
                ),
            ),
            opts=self.child(depends_on=ready),
        )
