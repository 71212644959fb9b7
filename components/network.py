"""The VPC: three tiers of subnets in each zone, and what may leave it by which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

ANYWHERE = "0.0.0.0/0"
# elbv2 CreateLoadBalancer, Subnets, and rds CreateDBSubnetGroup: two zones at least.
LEAST_ZONES = 2


@dataclass(frozen=True, kw_only=True)
class ZoneNetworks:
    """The networks of one zone's subnets, by tier."""

    public: IPv4Network
    private: IPv4Network
    data: IPv4Network


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """cidr: the VPC's network.
    zones: availability zones by name, at least two.
    nat: one gateway in all, or one a zone.
    region: AWS region, which names the S3 endpoint.
    deletion_protection: keep the NAT's public addresses, which partners have on their lists.
    """

    cidr: IPv4Network
    zones: Mapping[str, ZoneNetworks]
    nat: Literal["single", "per_zone"]
    region: str
    deletion_protection: bool

    def __post_init__(self) -> None:
        if len(self.zones) < LEAST_ZONES:
            raise ValueError(f"zones: {len(self.zones)} given; allowed: at least {LEAST_ZONES}")


class Network(Component):
    """The VPC and its subnets.

    Public subnets hold the load balancer and NAT gateways; private ones the machines, which reach out through NAT and
    S3 directly; data subnets the database, with no way out at all.
    """

    layer = "foundation"

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        self._name_of_network = name
        self.zones = tuple(sorted(args.zones))
        self.vpc = aws.ec2.Vpc(
            name,
            cidr_block=str(args.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            opts=self.child(),
        )
        # Every VPC comes with a group that lets its members talk; without rules nobody gains from landing in it.
        self.default_security_group = aws.ec2.DefaultSecurityGroup(
            logical(name, "default"), vpc_id=self.vpc.id, ingress=[], egress=[], opts=self.child()
        )
        self.internet_gateway = aws.ec2.InternetGateway(name, vpc_id=self.vpc.id, opts=self.child())
        self.public_subnets = {zone: self._subnet("public", zone, args.zones[zone].public) for zone in self.zones}
        self.private_subnets = {zone: self._subnet("private", zone, args.zones[zone].private) for zone in self.zones}
        self.data_subnets = {zone: self._subnet("data", zone, args.zones[zone].data) for zone in self.zones}
        self.public_route_table = self._route_table("public", self.public_subnets)
        self._route_out("public", self.public_route_table, gateway_id=self.internet_gateway.id)
        self.nat_addresses: dict[str, aws.ec2.Eip] = {}
        self.private_route_tables = self._route_private(args)
        # The VPC's own addresses are the only ones that this table knows.
        self.data_route_table = self._route_table("data", self.data_subnets)
        self.s3_endpoint = aws.ec2.VpcEndpoint(
            logical(name, "s3"),
            vpc_id=self.vpc.id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in self.private_route_tables.values()],
            opts=self.child(),
        )
        self.register_outputs({"vpc_id": self.vpc.id})

    def _subnet(self, tier: str, zone: str, network: IPv4Network) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            logical(self._name_of_network, tier, zone),
            vpc_id=self.vpc.id,
            availability_zone=zone,
            cidr_block=str(network),
            map_public_ip_on_launch=False,
            opts=self.child(),
        )

    def _route_private(self, args: NetworkArgs) -> dict[str, aws.ec2.RouteTable]:
        """A table a zone, so that giving each zone a NAT gateway of its own later changes routes only."""
        nat_zones = self.zones if args.nat == "per_zone" else self.zones[:1]
        gateways = {zone: self._nat_gateway(zone, args) for zone in nat_zones}
        tables = {}
        for zone in self.zones:
            tables[zone] = self._route_table(f"private-{zone}", {zone: self.private_subnets[zone]})
            gateway = gateways.get(zone, gateways[nat_zones[0]])
            self._route_out(f"private-{zone}", tables[zone], nat_gateway_id=gateway.id)
        return tables

    def _nat_gateway(self, zone: str, args: NetworkArgs) -> aws.ec2.NatGateway:
        name = logical(self._name_of_network, "nat", zone)
        address = aws.ec2.Eip(name, domain="vpc", opts=self.stateful_child(name, protect=args.deletion_protection))
        self.nat_addresses[zone] = address
        return aws.ec2.NatGateway(
            name,
            allocation_id=address.allocation_id,
            subnet_id=self.public_subnets[zone].id,
            # Without it the gateway would have no way out, and AWS would say so only by its state.
            opts=self.child(depends_on=[self.internet_gateway]),
        )

    def _route_table(self, purpose: str, subnets: Mapping[str, aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(logical(self._name_of_network, purpose), vpc_id=self.vpc.id, opts=self.child())
        tier = purpose.split("-")[0]
        for zone, subnet in subnets.items():
            aws.ec2.RouteTableAssociation(
                logical(self._name_of_network, tier, zone),
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=self.child(),
            )
        return table

    def _route_out(
        self,
        purpose: str,
        table: aws.ec2.RouteTable,
        *,
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> None:
        aws.ec2.Route(
            logical(self._name_of_network, purpose, "out"),
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=self.child(),
        )
