"""Who may speak to whom on which port. Security groups of ours name each other, never addresses."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.naming import logical
from components.network import ANYWHERE

HTTPS_PORT = 443
TCP = "tcp"
# A group of ours, or the id of one that AWS made.
Group = aws.ec2.SecurityGroup | pulumi.Output[str]


def connect(
    name: str, *, source: Group, target: Group, port: int, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let `source` open TCP connections to `target` on `port`: one rule on each side.

    name: logical name of both rules, such as `prod-portal-to-database`.
    """
    return [
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=_id(source),
            referenced_security_group_id=_id(target),
            ip_protocol=TCP,
            from_port=port,
            to_port=port,
            opts=opts,
        ),
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=_id(target),
            referenced_security_group_id=_id(source),
            ip_protocol=TCP,
            from_port=port,
            to_port=port,
            opts=opts,
        ),
    ]


def reach_aws(name: str, *, source: aws.ec2.SecurityGroup, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Let `source` reach AWS's APIs and its package repositories, whose addresses change, by HTTPS."""
    return aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=source.id,
        cidr_ipv4=ANYWHERE,
        ip_protocol=TCP,
        from_port=HTTPS_PORT,
        to_port=HTTPS_PORT,
        description="AWS APIs and package repositories",
        opts=opts,
    )


def reach_networks(
    name: str, *, source: aws.ec2.SecurityGroup, networks: Sequence[IPv4Network], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let `source` reach others' networks by HTTPS: a rule for each.

    name: what the rules' logical names begin with, such as `prod-portal-to-wallet`.
    """
    return [
        aws.vpc.SecurityGroupEgressRule(
            logical(name, str(network).replace("/", "-")),
            security_group_id=source.id,
            cidr_ipv4=str(network),
            ip_protocol=TCP,
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
            opts=opts,
        )
        for network in networks
    ]


def _id(group: Group) -> pulumi.Output[str]:
    return group.id if isinstance(group, aws.ec2.SecurityGroup) else group
