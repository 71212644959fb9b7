"""EC2: virtual networks, their subnets, gateways and addresses."""

from __future__ import annotations

from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Update, fixed, local
from sandbox.aws.provider.declarations.ec2_tags import ec2_tagging
from sandbox.aws.provider.work import Work
from sandbox.provider.waiting import WaitError


def arn(work: Work, resource: str) -> str:
    """The ARN of an EC2 resource such as `vpc/vpc-0123`."""
    return f"arn:{work.cloud.client('ec2').meta.partition}:ec2:{work.cloud.region}:{work.cloud.account}:{resource}"


def _extend_vpc(work: Work, model: Model) -> None:
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        answered = work.call("describe_vpc_attribute", VpcId=work.id, Attribute=attribute[0].lower() + attribute[1:])
        model[attribute] = answered[attribute]["Value"]
    of_vpc = {"Name": "vpc-id", "Values": [work.id]}
    table = work.find(
        "RouteTables[0].RouteTableId",
        "describe_route_tables",
        Filters=[of_vpc, {"Name": "association.main", "Values": ["true"]}],
    )
    group = work.find(
        "SecurityGroups[0].GroupId",
        "describe_security_groups",
        Filters=[of_vpc, {"Name": "group-name", "Values": ["default"]}],
    )
    network_acl = work.find(
        "NetworkAcls[0].NetworkAclId",
        "describe_network_acls",
        Filters=[of_vpc, {"Name": "default", "Values": ["true"]}],
    )
    model |= {
        "Arn": arn(work, f"vpc/{work.id}"),
        "MainRouteTableId": table,
        "DefaultRouteTableId": table,
        "DefaultSecurityGroupId": group,
        "DefaultNetworkAclId": network_acl,
    }


VPC = Declaration(
    type="aws:ec2/vpc:Vpc",
    service="ec2",
    behind="its addresses are served on loopback, 10.x as 127.x; no traffic is routed or filtered",
    inputs={
        "cidrBlock": fixed(),
        "instanceTenancy": fixed(default="default"),
        "enableDnsSupport": Input(api="EnableDnsSupport.Value", read="EnableDnsSupport", default=True),
        "enableDnsHostnames": Input(api="EnableDnsHostnames.Value", read="EnableDnsHostnames", default=False),
    },
    create=Call("create_vpc", result="Vpc.VpcId"),
    read=Call("describe_vpcs", {"VpcIds": ["{id}"]}, "Vpcs[0]"),
    updates=(
        Update(Call("modify_vpc_attribute", {"VpcId": "{id}"}), ("enableDnsSupport", "enableDnsHostnames"), each=True),
    ),
    delete=Call("delete_vpc", {"VpcId": "{id}"}),
    extend=_extend_vpc,
    tagging=ec2_tagging("vpc"),
)

_SUBNET_ATTRIBUTES = ("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation")

SUBNET = Declaration(
    type="aws:ec2/subnet:Subnet",
    service="ec2",
    inputs={
        "vpcId": fixed(),
        "cidrBlock": fixed(),
        "availabilityZone": fixed(computed=True),
        "availabilityZoneId": fixed(computed=True),
        "mapPublicIpOnLaunch": Input(api="MapPublicIpOnLaunch.Value", read="MapPublicIpOnLaunch", default=False),
        "assignIpv6AddressOnCreation": Input(
            api="AssignIpv6AddressOnCreation.Value", read="AssignIpv6AddressOnCreation", default=False
        ),
    },
    create=Call("create_subnet", result="Subnet.SubnetId"),
    read=Call("describe_subnets", {"SubnetIds": ["{id}"]}, "Subnets[0]"),
    updates=(Update(Call("modify_subnet_attribute", {"SubnetId": "{id}"}), _SUBNET_ATTRIBUTES, each=True),),
    delete=Call("delete_subnet", {"SubnetId": "{id}"}),
    outputs={"arn": "SubnetArn"},
    conflicts=(("availabilityZone", "availabilityZoneId"),),
    tagging=ec2_tagging("subnet"),
)


def _attach_internet_gateway(work: Work) -> None:
    attached, wanted = work.state.get("vpcId"), work.inputs.get("vpcId")
    if attached and attached != wanted:
        work.call("detach_internet_gateway", InternetGatewayId=work.id, VpcId=attached)
    if wanted and attached != wanted:
        work.call("attach_internet_gateway", InternetGatewayId=work.id, VpcId=wanted)


def _delete_internet_gateway(work: Work) -> None:
    attached = work.find(
        "InternetGateways[0].Attachments[0].VpcId", "describe_internet_gateways", InternetGatewayIds=[work.id]
    )
    if attached:
        work.call("detach_internet_gateway", InternetGatewayId=work.id, VpcId=attached)
    work.call("delete_internet_gateway", InternetGatewayId=work.id)


def _extend_internet_gateway(work: Work, model: Model) -> None:
    model |= {"Arn": arn(work, f"internet-gateway/{work.id}"), "OwnerId": work.cloud.account}


INTERNET_GATEWAY = Declaration(
    type="aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    inputs={"vpcId": Input(read="Attachments[0].VpcId")},
    create=Call("create_internet_gateway", result="InternetGateway.InternetGatewayId"),
    read=Call("describe_internet_gateways", {"InternetGatewayIds": ["{id}"]}, "InternetGateways[0]"),
    updates=(Update(_attach_internet_gateway, ("vpcId",)),),
    delete=_delete_internet_gateway,
    extend=_extend_internet_gateway,
    tagging=ec2_tagging("internet-gateway"),
)


def _extend_address(work: Work, model: Model) -> None:
    model["Arn"] = arn(work, f"elastic-ip/{work.id}")
    model["PublicDns"] = f"ec2-{model['PublicIp'].replace('.', '-')}.{work.cloud.region}.compute.amazonaws.com"


EIP = Declaration(
    type="aws:ec2/eip:Eip",
    service="ec2",
    inputs={
        "domain": fixed(default="vpc"),
        "publicIpv4Pool": fixed(computed=True),
        "networkBorderGroup": fixed(computed=True),
    },
    create=Call("allocate_address", {"Domain": "vpc"}, "AllocationId"),
    read=Call("describe_addresses", {"AllocationIds": ["{id}"]}, "Addresses[0]"),
    delete=Call("release_address", {"AllocationId": "{id}"}),
    extend=_extend_address,
    outputs={"privateIp": "PrivateIpAddress", "networkInterface": "NetworkInterfaceId", "instance": "InstanceId"},
    tagging=ec2_tagging("elastic-ip"),
)


def _read_nat_gateway(work: Work) -> Model | None:
    model: Model | None = work.find("NatGateways[0]", "describe_nat_gateways", NatGatewayIds=[work.id])
    return None if model is None or model["State"] == "deleted" else model


def _settle_nat_gateway(work: Work) -> None:
    def probe() -> str | None:
        state = work.find("NatGateways[0].[State, FailureMessage]", "describe_nat_gateways", NatGatewayIds=[work.id])
        if state and state[0] == "failed":
            raise WaitError(f"NAT gateway {work.id} failed: {state[1]}")
        return None if state and state[0] == "available" else str(state and state[0])

    work.waiter.until(f"NAT gateway {work.id} to be available", probe)


NAT_GATEWAY = Declaration(
    type="aws:ec2/natGateway:NatGateway",
    service="ec2",
    inputs={
        "allocationId": fixed(read="NatGatewayAddresses[0].AllocationId"),
        "subnetId": fixed(),
        "connectivityType": fixed(default="public"),
        "privateIp": fixed(computed=True, api="PrivateIpAddress", read="NatGatewayAddresses[0].PrivateIp"),
    },
    create=Call("create_nat_gateway", result="NatGateway.NatGatewayId"),
    read=_read_nat_gateway,
    delete=Call("delete_nat_gateway", {"NatGatewayId": "{id}"}),
    settle=_settle_nat_gateway,
    wait_gone=True,
    outputs={
        "publicIp": "NatGatewayAddresses[0].PublicIp",
        "networkInterfaceId": "NatGatewayAddresses[0].NetworkInterfaceId",
    },
    tagging=ec2_tagging("natgateway"),
)


def _check_endpoint(inputs: dict[str, object]) -> list[tuple[str, str]]:
    gateway = inputs.get("vpcEndpointType", "Gateway") == "Gateway"
    misplaced = ("subnetIds", "securityGroupIds", "privateDnsEnabled") if gateway else ("routeTableIds",)
    kind = "a Gateway" if gateway else "an Interface"
    return [(name, f"does not belong to {kind} endpoint") for name in misplaced if name in inputs]


def _modify_endpoint(work: Work) -> None:
    changes: Model = {}
    for name, parameter in (
        ("routeTableIds", "RouteTableIds"),
        ("subnetIds", "SubnetIds"),
        ("securityGroupIds", "SecurityGroupIds"),
    ):
        old, new = set(work.old_inputs.get(name, [])), set(work.get(name, []))
        if new - old:
            changes[f"Add{parameter}"] = sorted(new - old)
        if old - new:
            changes[f"Remove{parameter}"] = sorted(old - new)
    if "policy" in work.changed:
        changes |= {"PolicyDocument": work.inputs["policy"]} if "policy" in work.inputs else {"ResetPolicy": True}
    if "privateDnsEnabled" in work.changed:
        changes["PrivateDnsEnabled"] = work.get("privateDnsEnabled")
    work.call("modify_vpc_endpoint", VpcEndpointId=work.id, **changes)


def _extend_endpoint(work: Work, model: Model) -> None:
    model["Arn"] = arn(work, f"vpc-endpoint/{work.id}")
    model["SecurityGroupIds"] = [group["GroupId"] for group in model.get("Groups", [])]
    if model["VpcEndpointType"] != "Gateway":
        return
    model.pop("PrivateDnsEnabled", None)
    lists = work.find(
        "PrefixLists[0]",
        "describe_prefix_lists",
        Filters=[{"Name": "prefix-list-name", "Values": [model["ServiceName"]]}],
    )
    if lists:
        model |= {"PrefixListId": lists["PrefixListId"], "CidrBlocks": lists.get("Cidrs", [])}


def _read_endpoint(work: Work) -> Model | None:
    model: Model | None = work.find("VpcEndpoints[0]", "describe_vpc_endpoints", VpcEndpointIds=[work.id])
    return None if model is None or model["State"].lower() == "deleted" else model


def _delete_endpoint(work: Work) -> None:
    refused = work.find("Unsuccessful[0].Error", "delete_vpc_endpoints", VpcEndpointIds=[work.id])
    if refused:
        raise CloudError("DeleteVpcEndpoints", refused["Code"], refused["Message"])


VPC_ENDPOINT = Declaration(
    type="aws:ec2/vpcEndpoint:VpcEndpoint",
    service="ec2",
    inputs={
        "vpcId": fixed(),
        "serviceName": fixed(),
        "vpcEndpointType": fixed(default="Gateway"),
        "routeTableIds": Input(unordered=True),
        "subnetIds": Input(unordered=True),
        "securityGroupIds": Input(unordered=True),
        "policy": Input(api="PolicyDocument", document=True, computed=True),
        "privateDnsEnabled": Input(default=False),
        "autoAccept": local(),
    },
    create=Call(
        "create_vpc_endpoint",
        result="VpcEndpoint.VpcEndpointId",
        adjust=lambda _work, parameters: parameters.setdefault("VpcEndpointType", "Gateway"),
    ),
    read=_read_endpoint,
    updates=(
        Update(
            _modify_endpoint,
            ("routeTableIds", "subnetIds", "securityGroupIds", "policy", "privateDnsEnabled"),
            after_create=False,
        ),
    ),
    delete=_delete_endpoint,
    extend=_extend_endpoint,
    check=_check_endpoint,
    tagging=ec2_tagging("vpc-endpoint"),
)

ALL = (VPC, SUBNET, INTERNET_GATEWAY, EIP, NAT_GATEWAY, VPC_ENDPOINT)
