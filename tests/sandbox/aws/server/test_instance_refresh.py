from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox

FULL = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 120, "InstanceWarmup": 0}
DATA_PLANE = {"draining": "unused", "initial": "healthy", "healthy": "healthy"}


def latest(fleet: Any) -> dict[str, Any]:
    described = fleet.auto_scaling.describe_instance_refreshes(AutoScalingGroupName=fleet.name)
    refresh: dict[str, Any] = described["InstanceRefreshes"][0]
    return refresh


def run_to_its_end(cloud: Any, fleet: Any) -> list[dict[str, str]]:
    """Play the data plane until the refresh is over; returns the healths seen."""
    seen = []
    deadline = time.monotonic() + 30
    while latest(fleet)["Status"] in ("Pending", "InProgress"):
        assert time.monotonic() < deadline, latest(fleet)
        health = fleet.health()
        seen.append(health)
        reports = {f"{target}:8080": {"state": DATA_PLANE[state]} for target, state in health.items()}
        cloud.tell("target-health", {fleet.target_group: reports})
        time.sleep(0.05)
    return seen


def test_every_instance_is_replaced_and_enough_stay_healthy(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(10)
    before = {instance["InstanceId"] for instance in fleet.instances()}
    cloud.tell_health(fleet.target_group, "healthy")
    fleet.use_new_version()
    fleet.auto_scaling.start_instance_refresh(AutoScalingGroupName=fleet.name, Preferences=FULL)
    seen = run_to_its_end(cloud, fleet)

    assert latest(fleet)["Status"] == "Successful"
    assert latest(fleet)["PercentageComplete"] == 100
    assert min(list(health.values()).count("healthy") for health in seen) >= 10
    assert max(len([state for state in health.values() if state != "draining"]) for health in seen) <= 12
    after = fleet.instances()
    assert len(after) == 10
    assert before.isdisjoint(instance["InstanceId"] for instance in after)
    assert {instance["LaunchTemplate"]["Version"] for instance in after} == {"2"}


def test_nothing_goes_on_before_new_instances_are_healthy(make_fleet: Any) -> None:
    fleet = make_fleet(5)
    fleet.auto_scaling.start_instance_refresh(AutoScalingGroupName=fleet.name, Preferences=FULL)
    before = {instance["InstanceId"] for instance in fleet.instances()}
    time.sleep(1)  # nothing to wait for: that nothing happens is the point
    assert before <= {instance["InstanceId"] for instance in fleet.instances()}
    assert latest(fleet)["Status"] == "InProgress"


def test_matching_instances_can_be_skipped(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(3)
    cloud.tell_health(fleet.target_group, "healthy")
    before = fleet.instances()
    fleet.auto_scaling.start_instance_refresh(
        AutoScalingGroupName=fleet.name, Preferences={**FULL, "SkipMatching": True}
    )
    run_to_its_end(cloud, fleet)
    assert fleet.instances() == before


def test_a_second_refresh_is_refused_while_one_is_under_way(make_fleet: Any) -> None:
    fleet = make_fleet(1)
    fleet.auto_scaling.start_instance_refresh(AutoScalingGroupName=fleet.name)
    with pytest.raises(ClientError, match="InstanceRefreshInProgress"):
        fleet.auto_scaling.start_instance_refresh(AutoScalingGroupName=fleet.name)


def test_a_cancelled_refresh_leaves_the_desired_number(make_fleet: Any) -> None:
    fleet = make_fleet(5)
    fleet.auto_scaling.start_instance_refresh(AutoScalingGroupName=fleet.name, Preferences=FULL)
    fleet.auto_scaling.cancel_instance_refresh(AutoScalingGroupName=fleet.name)
    assert latest(fleet)["Status"] == "Cancelled"
    assert len(fleet.instances()) == 5


def test_a_preference_that_is_not_carried_out_is_refused_by_name(make_fleet: Any) -> None:
    fleet = make_fleet(1)
    with pytest.raises(ClientError, match="CheckpointPercentages"):
        fleet.auto_scaling.start_instance_refresh(
            AutoScalingGroupName=fleet.name, Preferences={"CheckpointPercentages": [50, 100]}
        )
