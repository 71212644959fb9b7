"""AWS's APIs within the VPC, so that machines reach them without the internet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.firewall import HTTPS_PORT, TCP
from components.naming import SECURITY_GROUP, auto_named, logical


@dataclass(frozen=True, kw_only=True)
class PrivateEndpointsArgs:
    """services: AWS's short names of the services, such as `ssm`; at least one.
    region: AWS region.
    vpc_id, subnet_ids: where they stand, a subnet a zone.
    sources: networks that may reach them.
    """

    services: Sequence[str]
    region: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    sources: Sequence[IPv4Network]

    def __post_init__(self) -> None:
        if not self.services:
            raise ValueError("services: none given; allowed: at least one")


class PrivateEndpoints(Component):
    """An interface endpoint a service, under the service's own name. Each costs by the hour and zone."""

    layer = "foundation"

    def __init__(self, name: str, args: PrivateEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        security_group = self._security_group(name, args)
        for service in args.services:
            aws.ec2.VpcEndpoint(
                logical(name, service),
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(args.subnet_ids),
                security_group_ids=[security_group.id],
                opts=self.child(),
            )
        self.register_outputs({})

    def _security_group(self, name: str, args: PrivateEndpointsArgs) -> aws.ec2.SecurityGroup:
        security_group = aws.ec2.SecurityGroup(
            auto_named(SECURITY_GROUP, name),
            description="AWS APIs within the VPC",
            vpc_id=args.vpc_id,
            opts=self.child(),
        )
        for source in args.sources:
            aws.vpc.SecurityGroupIngressRule(
                logical(name, str(source).replace("/", "-")),
                security_group_id=security_group.id,
                cidr_ipv4=str(source),
                ip_protocol=TCP,
                from_port=HTTPS_PORT,
                to_port=HTTPS_PORT,
                opts=self.child(),
            )
        return security_group
