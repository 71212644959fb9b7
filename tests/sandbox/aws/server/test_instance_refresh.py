from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import utcnow

from sandbox.aws.server.corrections import instance_refresh

pytestmark = pytest.mark.sandbox

FULL = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 120, "InstanceWarmup": 0}
BACK = {**FULL, "AutoRollback": True}
DATA_PLANE = {"draining": "unused", "initial": "healthy", "healthy": "healthy"}


def latest(fleet: Any) -> dict[str, Any]:
    described = fleet.auto_scaling.describe_instance_refreshes(AutoScalingGroupName=fleet.name)
    refresh: dict[str, Any] = described["InstanceRefreshes"][0]
    return refresh


def run_to_its_end(cloud: Any, fleet: Any) -> list[dict[str, str]]:
    """Play the data plane until the refresh is over; returns the healths seen."""
    seen = []
    deadline = time.monotonic() + 30
    while latest(fleet)["Status"] in ("Pending", "InProgress", "RollbackInProgress"):
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


def start(fleet: Any, version: str, **preferences: Any) -> None:
    fleet.auto_scaling.start_instance_refresh(
        AutoScalingGroupName=fleet.name,
        Preferences={**FULL, **preferences},
        DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateId": fleet.template, "Version": version}},
    )


def versions(fleet: Any) -> list[str]:
    return sorted(one["LaunchTemplate"]["Version"] for one in fleet.instances())


def add_version(fleet: Any) -> None:
    fleet.ec2.create_launch_template_version(
        LaunchTemplateId=fleet.template, SourceVersion="1", LaunchTemplateData={"UserData": "c2Vjb25k"}
    )


def test_the_group_takes_on_the_desired_configuration_once_it_has_been_rolled(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(4)
    cloud.tell_health(fleet.target_group, "healthy")
    add_version(fleet)
    start(fleet, "2", AutoRollback=True)
    assert fleet.described()["LaunchTemplate"]["Version"] == "1"
    run_to_its_end(cloud, fleet)
    assert latest(fleet)["Status"] == "Successful"
    assert fleet.described()["LaunchTemplate"]["Version"] == "2"
    assert versions(fleet) == ["2"] * 4


def test_a_rollback_restores_what_was_saved_on_the_group(
    cloud: Any, make_fleet: Any, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    fleet = make_fleet(5)
    cloud.tell_health(fleet.target_group, "healthy")
    before = {one["InstanceId"] for one in fleet.instances()}
    add_version(fleet)
    start(fleet, "2", AutoRollback=True)
    eventually(lambda: "2" in versions(fleet))
    fleet.auto_scaling.rollback_instance_refresh(AutoScalingGroupName=fleet.name)
    assert latest(fleet)["Status"] == "RollbackInProgress"
    run_to_its_end(cloud, fleet)
    assert latest(fleet)["Status"] == "RollbackSuccessful"
    assert latest(fleet)["RollbackDetails"]["InstancesToUpdateOnRollback"] == 5
    assert versions(fleet) == ["1"] * 5
    assert before == {one["InstanceId"] for one in fleet.instances()}


def test_an_alarm_that_goes_off_rolls_back(
    cloud: Any, make_fleet: Any, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    fleet = make_fleet(3)
    cloud.tell_health(fleet.target_group, "healthy")
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="failing",
        MetricName="HTTPCode_Target_5XX_Count",
        Namespace="AWS/ApplicationELB",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
    )
    add_version(fleet)
    start(fleet, "2", AutoRollback=True, AlarmSpecification={"Alarms": ["failing"]})
    eventually(lambda: "2" in versions(fleet))
    cloudwatch.set_alarm_state(AlarmName="failing", StateValue="ALARM", StateReason="tested")
    eventually(lambda: str(latest(fleet)["Status"]).startswith("Rollback"))
    run_to_its_end(cloud, fleet)
    assert latest(fleet)["Status"] == "RollbackSuccessful"
    assert "failing" in latest(fleet)["StatusReason"]
    assert versions(fleet) == ["1"] * 3


def test_a_group_updated_beforehand_is_rolled_back_to_the_very_same_version(
    cloud: Any, make_fleet: Any, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    fleet = make_fleet(2)
    cloud.tell_health(fleet.target_group, "healthy")
    fleet.use_new_version()
    start(fleet, "2", AutoRollback=True)
    eventually(lambda: "2" in versions(fleet))
    fleet.auto_scaling.rollback_instance_refresh(AutoScalingGroupName=fleet.name)
    assert fleet.described()["LaunchTemplate"]["Version"] == "2"


def test_automatic_rollback_wants_a_desired_configuration(make_fleet: Any) -> None:
    fleet = make_fleet(1)
    with pytest.raises(ClientError, match="AutoRollback parameter cannot be set to true"):
        fleet.auto_scaling.start_instance_refresh(AutoScalingGroupName=fleet.name, Preferences=BACK)


def test_a_refresh_without_desired_configuration_is_irreversible(make_fleet: Any) -> None:
    fleet = make_fleet(1)
    with pytest.raises(ClientError, match="ActiveInstanceRefreshNotFound"):
        fleet.auto_scaling.rollback_instance_refresh(AutoScalingGroupName=fleet.name)
    fleet.auto_scaling.start_instance_refresh(AutoScalingGroupName=fleet.name)
    with pytest.raises(ClientError, match="IrreversibleInstanceRefresh"):
        fleet.auto_scaling.rollback_instance_refresh(AutoScalingGroupName=fleet.name)


def test_where_the_bounds_leave_no_room_one_instance_comes_on_top(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(2)
    cloud.tell_health(fleet.target_group, "healthy")
    fleet.use_new_version()
    fleet.auto_scaling.start_instance_refresh(
        AutoScalingGroupName=fleet.name, Preferences={**FULL, "MaxHealthyPercentage": 110}
    )
    seen = run_to_its_end(cloud, fleet)
    assert latest(fleet)["Status"] == "Successful"
    assert max(len([state for state in health.values() if state != "draining"]) for health in seen) == 3


def test_a_refresh_without_progress_for_an_hour_fails() -> None:
    refresh = instance_refresh.Refresh("portal", {}, ["i-1"], moved=utcnow() - timedelta(minutes=61))
    group: Any = SimpleNamespace(account_id="123456789012", region="ap-southeast-3", ec2_launch_template=None)
    instance_refresh._look_for_trouble(group, refresh)
    assert refresh.status == "Failed"
