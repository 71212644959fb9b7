"""Capacity that a load balancer has reserved: asked for, found, given back, and a change by hand seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.provider.cloud import Cloud, CloudError
from tests.sandbox.aws.provider.test_lifecycle import Site
from tests.sandbox.provider.engine_driver import EngineDriver, Resource

pytestmark = pytest.mark.sandbox

BALANCER = "aws:lb/loadBalancer:LoadBalancer"


@pytest.fixture(scope="module")
def moto_endpoint(corrected_cloud: str) -> str:
    """The cloud server itself in moto's place."""
    return corrected_cloud


@pytest.fixture
def balancer(engine: EngineDriver) -> Iterator[Resource]:
    site = Site(engine)
    made = engine.made(
        BALANCER,
        "it",
        subnets=site.subnets,
        securityGroups=[site.group],
        minimumLoadBalancerCapacity={"capacityUnits": 500},
    )
    yield made
    made.delete()
    site.clear()


def reserved(cloud: Cloud, balancer: Resource) -> Any:
    return cloud.call("elbv2", "describe_capacity_reservation", LoadBalancerArn=balancer.id)


def test_what_is_asked_for_is_reserved_in_every_zone_alike(cloud: Cloud, balancer: Resource) -> None:
    found = reserved(cloud, balancer)
    assert found["MinimumLoadBalancerCapacity"] == {"CapacityUnits": 500}
    zones = found["CapacityReservationState"]
    assert {zone["AvailabilityZone"] for zone in zones} == {f"ap-southeast-3{letter}" for letter in "abc"}
    assert sum(zone["EffectiveCapacityUnits"] for zone in zones) == pytest.approx(500)
    assert {zone["State"]["Code"] for zone in zones} == {"provisioned"}


def test_a_refresh_finds_no_difference_and_an_import_the_same(engine: EngineDriver, balancer: Resource) -> None:
    assert balancer.read() == (balancer.checked, balancer.state)
    imported = engine.imported(BALANCER, balancer.id)
    assert imported.checked["minimumLoadBalancerCapacity"] == {"capacityUnits": 500}


def test_more_is_reserved_in_place_and_all_is_given_back(cloud: Cloud, balancer: Resource) -> None:
    balancer.update(minimumLoadBalancerCapacity={"capacityUnits": 900})
    assert reserved(cloud, balancer)["MinimumLoadBalancerCapacity"] == {"CapacityUnits": 900}
    balancer.update(minimumLoadBalancerCapacity=None)
    assert "MinimumLoadBalancerCapacity" not in reserved(cloud, balancer)
    assert balancer.read() == (balancer.checked, balancer.state)


def test_a_change_by_hand_is_found(cloud: Cloud, balancer: Resource) -> None:
    cloud.call("elbv2", "modify_capacity_reservation", LoadBalancerArn=balancer.id, ResetCapacityReservation=True)
    found = balancer.read()
    assert found is not None
    assert "minimumLoadBalancerCapacity" not in found[0]


def test_a_request_for_nothing_is_refused(cloud: Cloud, balancer: Resource) -> None:
    with pytest.raises(CloudError, match="ResetCapacityReservation"):
        cloud.call("elbv2", "modify_capacity_reservation", LoadBalancerArn=balancer.id)
