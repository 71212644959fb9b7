from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.sandbox

Eventually = Callable[[Callable[[], bool]], None]


def deregister(fleet: Any, instance_id: str) -> None:
    fleet.elbv2.deregister_targets(TargetGroupArn=fleet.target_group, Targets=[{"Id": instance_id}])


def test_a_target_is_initial_until_the_data_plane_has_told(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(2)
    assert set(fleet.health().values()) == {"initial"}
    cloud.tell_health(fleet.target_group, "healthy")
    assert set(fleet.health().values()) == {"healthy"}


def test_the_reason_is_passed_on(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(1)
    instance_id = fleet.instances()[0]["InstanceId"]
    seen = {"state": "unhealthy", "reason": "Target.Timeout", "description": "Request timed out"}
    fleet.auto_scaling.suspend_processes(AutoScalingGroupName=fleet.name, ScalingProcesses=["ReplaceUnhealthy"])
    cloud.tell("target-health", {fleet.target_group: {f"{instance_id}:8080": seen}})
    described = fleet.elbv2.describe_target_health(TargetGroupArn=fleet.target_group)
    assert described["TargetHealthDescriptions"][0]["TargetHealth"] == {
        "State": "unhealthy",
        "Reason": "Target.Timeout",
        "Description": "Request timed out",
    }


def test_a_deregistered_target_drains_for_the_delay(cloud: Any, make_fleet: Any, eventually: Eventually) -> None:
    fleet = make_fleet(2)
    fleet.elbv2.modify_target_group_attributes(
        TargetGroupArn=fleet.target_group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}],
    )
    cloud.tell_health(fleet.target_group, "healthy")
    leaving = fleet.instances()[0]["InstanceId"]
    deregister(fleet, leaving)
    assert fleet.health()[leaving] == "draining"
    eventually(lambda: leaving not in fleet.health())


def test_the_snapshot_shows_which_targets_drain(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(2)
    cloud.tell_health(fleet.target_group, "healthy")
    leaving = fleet.instances()[0]["InstanceId"]
    deregister(fleet, leaving)
    [group] = [one for one in cloud.ask("snapshot")["target_groups"] if one["arn"] == fleet.target_group]
    assert {target["id"]: target["draining"] for target in group["targets"]}[leaving] is True
    assert [target["draining"] for target in group["targets"]].count(False) == 1


def test_a_target_that_serves_nothing_need_not_drain(make_fleet: Any) -> None:
    fleet = make_fleet(2)
    leaving = fleet.instances()[0]["InstanceId"]
    deregister(fleet, leaving)
    assert leaving not in fleet.health()


def test_a_target_that_was_away_for_a_moment_is_as_healthy_as_before(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(2)
    cloud.tell_health(fleet.target_group, "healthy")
    back = fleet.instances()[0]["InstanceId"]
    deregister(fleet, back)
    fleet.elbv2.register_targets(TargetGroupArn=fleet.target_group, Targets=[{"Id": back}])
    assert fleet.health()[back] == "healthy"
