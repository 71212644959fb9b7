"""What somebody changes in the network."""

from __future__ import annotations

from sandbox.aws.provider.cloud import Cloud
from tests.sandbox.aws.provider.drift.changes import OTHER_POLICY, Change, Changes, call, ec2_tags, gone
from tests.sandbox.aws.provider.drift.site import DriftSite
from tests.sandbox.provider.engine_driver import Resource


def open_group(direction: str) -> Change:
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return call("ec2", f"authorize_security_group_{direction}", of="GroupId", IpPermissions=[permission])


def close_group(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    group = cloud.call("ec2", "describe_security_groups", GroupIds=[made.id])["SecurityGroups"][0]
    cloud.call("ec2", "revoke_security_group_ingress", GroupId=made.id, IpPermissions=group["IpPermissions"][:1])


def widen_rule(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "0.0.0.0/0"}
    rules = [{"SecurityGroupRuleId": made.id, "SecurityGroupRule": rule}]
    cloud.call("ec2", "modify_security_group_rules", GroupId=made.state["securityGroupId"], SecurityGroupRules=rules)


def reroute(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    gateway = cloud.call("ec2", "create_nat_gateway", SubnetId=site.subnet("a"), AllocationId=site.address)
    cloud.call(
        "ec2",
        "replace_route",
        RouteTableId=made.state["routeTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=gateway["NatGateway"]["NatGatewayId"],
    )


CHANGES: Changes = {
    "ec2/vpc:Vpc": [
        ("enableDnsHostnames", call("ec2", "modify_vpc_attribute", of="VpcId", EnableDnsHostnames={"Value": False})),
        ("tags", ec2_tags),
    ],
    "ec2/subnet:Subnet": [
        (
            "mapPublicIpOnLaunch",
            call("ec2", "modify_subnet_attribute", of="SubnetId", MapPublicIpOnLaunch={"Value": False}),
        ),
        ("tags", ec2_tags),
    ],
    "ec2/internetGateway:InternetGateway": [
        ("vpcId", gone("ec2", "detach_internet_gateway", InternetGatewayId="id", VpcId="vpcId")),
        ("tags", ec2_tags),
    ],
    "ec2/eip:Eip": [(None, gone("ec2", "release_address", AllocationId="id")), ("tags", ec2_tags)],
    "ec2/natGateway:NatGateway": [(None, gone("ec2", "delete_nat_gateway", NatGatewayId="id")), ("tags", ec2_tags)],
    "ec2/routeTable:RouteTable": [(None, gone("ec2", "delete_route_table", RouteTableId="id")), ("tags", ec2_tags)],
    "ec2/route:Route": [
        ("gatewayId", reroute),
        (None, call("ec2", "delete_route", of="RouteTableId", by="routeTableId", DestinationCidrBlock="0.0.0.0/0")),
    ],
    "ec2/routeTableAssociation:RouteTableAssociation": [
        (None, gone("ec2", "disassociate_route_table", AssociationId="id")),
    ],
    "ec2/vpcEndpoint:VpcEndpoint": [
        (
            "routeTableIds",
            lambda cloud, made, site: cloud.call(
                "ec2", "modify_vpc_endpoint", VpcEndpointId=made.id, RemoveRouteTableIds=[site.routes]
            ),
        ),
        ("policy", call("ec2", "modify_vpc_endpoint", of="VpcEndpointId", PolicyDocument=OTHER_POLICY)),
        ("tags", ec2_tags),
    ],
    "ec2/securityGroup:SecurityGroup": [
        ("ingress", open_group("ingress")),
        ("ingress", close_group),
        ("tags", ec2_tags),
    ],
    "ec2/defaultSecurityGroup:DefaultSecurityGroup": [
        ("ingress", open_group("ingress")),
        ("egress", open_group("egress")),
    ],
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
        ("cidrIpv4", widen_rule),
        (
            None,
            lambda cloud, made, site: cloud.call(
                "ec2", "revoke_security_group_ingress", GroupId=site.group, SecurityGroupRuleIds=[made.id]
            ),
        ),
    ],
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": [
        (
            None,
            lambda cloud, made, site: cloud.call(
                "ec2", "revoke_security_group_egress", GroupId=site.group, SecurityGroupRuleIds=[made.id]
            ),
        ),
    ],
}
