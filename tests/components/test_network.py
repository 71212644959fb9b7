"""Three tiers of subnets, each with its own way out or none."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Literal

import pytest

from components.network import Network, NetworkArgs, ZoneNetworks
from tests.components.recorder import Recording, record

pytestmark = pytest.mark.unit

ZONES = ("ap-southeast-3a", "ap-southeast-3b", "ap-southeast-3c")


def arguments(*, nat: Literal["single", "per_zone"] = "per_zone", zones: int = 3, protect: bool = False) -> NetworkArgs:
    return NetworkArgs(
        cidr=IPv4Network("10.0.0.0/16"),
        zones={
            zone: ZoneNetworks(
                public=IPv4Network(f"10.0.{number}.0/24"),
                private=IPv4Network(f"10.0.{10 + number}.0/24"),
                data=IPv4Network(f"10.0.{20 + number}.0/24"),
            )
            for number, zone in enumerate(ZONES[:zones])
        },
        nat=nat,
        region="ap-southeast-3",
        deletion_protection=protect,
    )


def routes(recording: Recording) -> dict[str, str]:
    """The way out of each route table that has one."""
    return {
        route.inputs["routeTableId"]: route.inputs.get("natGatewayId") or route.inputs["gatewayId"]
        for route in recording.of_type("aws:ec2/route:Route")
    }


def test_each_zone_has_a_subnet_of_each_tier() -> None:
    recording = record(lambda: Network("net", arguments()))
    subnets = recording.of_type("aws:ec2/subnet:Subnet")
    assert {subnet.name for subnet in subnets} == {
        f"net-{tier}-{zone}" for tier in ("public", "private", "data") for zone in ZONES
    }
    assert all(subnet.inputs["availabilityZone"] in subnet.name for subnet in subnets)


def test_a_zone_of_its_own_gateway_does_not_depend_on_another() -> None:
    ways_out = routes(record(lambda: Network("net", arguments(nat="per_zone"))))
    for zone in ZONES:
        assert ways_out[f"net-private-{zone}-id"] == f"net-nat-{zone}-id"


def test_a_single_gateway_serves_all_zones() -> None:
    recording = record(lambda: Network("net", arguments(nat="single")))
    assert len(recording.of_type("aws:ec2/natGateway:NatGateway")) == 1
    ways_out = routes(recording)
    assert {ways_out[f"net-private-{zone}-id"] for zone in ZONES} == {f"net-nat-{ZONES[0]}-id"}


def test_data_subnets_have_no_way_out() -> None:
    recording = record(lambda: Network("net", arguments()))
    assert "net-data-id" not in routes(recording)
    tables = {
        one.name: one.inputs["routeTableId"]
        for one in recording.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }
    assert {tables[f"net-data-{zone}"] for zone in ZONES} == {"net-data-id"}


def test_machines_reach_s3_without_nat() -> None:
    endpoint = record(lambda: Network("net", arguments())).one("aws:ec2/vpcEndpoint:VpcEndpoint").inputs
    assert endpoint["serviceName"] == "com.amazonaws.ap-southeast-3.s3"
    assert endpoint["vpcEndpointType"] == "Gateway"
    assert set(endpoint["routeTableIds"]) == {f"net-private-{zone}-id" for zone in ZONES}


def test_the_vpcs_own_security_group_lets_nothing_through() -> None:
    group = record(lambda: Network("net", arguments())).one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group.inputs["ingress"] == []
    assert group.inputs["egress"] == []


def test_the_addresses_that_partners_know_are_protected() -> None:
    recording = record(lambda: Network("net", arguments(protect=True)))
    assert all(address.protect for address in recording.of_type("aws:ec2/eip:Eip"))


def test_one_zone_is_refused_before_any_resource() -> None:
    with pytest.raises(ValueError, match="zones: 1 given; allowed: at least 2"):
        arguments(zones=1)
