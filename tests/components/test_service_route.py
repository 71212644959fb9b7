"""Requests of the site reach a service where it runs, by shares that others move."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.component import Classification
from components.service_route import TRAFFIC_SHARES, ServiceRoute, ServiceRouteArgs
from tests.components.recorder import RecordedResource, Recording, record

pytestmark = pytest.mark.unit

ON_BOTH_SIDES = ServiceRouteArgs(
    classification=Classification(service="portal", owner="participants", data_class="public"),
    vpc_id="vpc-1",
    listener_arn="arn:aws:listener",
    port=8080,
    health_path="/healthz",
    drain_seconds=30,
    priority=900,
    paths=["/*"],
    on_machines=True,
    cluster_name="test-cluster",
    container_share=25,
)
ON_MACHINES = dataclasses.replace(ON_BOTH_SIDES, cluster_name=None, container_share=0)
IN_CONTAINERS = dataclasses.replace(ON_BOTH_SIDES, on_machines=False, container_share=100)


def rule(args: ServiceRouteArgs) -> RecordedResource:
    return record(lambda: ServiceRoute("test-portal", args)).one("aws:lb/listenerRule:ListenerRule")


def shares(made: RecordedResource) -> dict[str, int]:
    (action,) = made.inputs["actions"]
    return {group["arn"].rpartition(":")[2]: int(group["weight"]) for group in action["forward"]["targetGroups"]}


def test_both_sides_are_in_the_one_rule_whatever_their_share() -> None:
    assert shares(rule(ON_BOTH_SIDES)) == {"test-portal-vm": 75, "test-portal-ip": 25}
    nothing_yet = dataclasses.replace(ON_BOTH_SIDES, container_share=0)
    assert shares(rule(nothing_yet)) == {"test-portal-vm": 100, "test-portal-ip": 0}


def test_machines_come_first_so_that_a_rule_keeps_their_share_when_containers_join_it() -> None:
    assert list(shares(rule(ON_BOTH_SIDES))) == ["test-portal-vm", "test-portal-ip"]


def test_of_a_rule_with_two_sides_others_own_the_shares_and_nothing_else() -> None:
    assert rule(ON_BOTH_SIDES).ignore_changes == (TRAFFIC_SHARES,)


@pytest.mark.parametrize(("args", "group"), [(ON_MACHINES, "test-portal-vm"), (IN_CONTAINERS, "test-portal-ip")])
def test_a_lone_side_has_everything_whatever_it_had_before(args: ServiceRouteArgs, group: str) -> None:
    made = rule(args)
    assert shares(made) == {group: 100}
    assert made.ignore_changes == ()


def test_no_group_has_two_owners() -> None:
    """The cluster's controller may change the group that bears its cluster's name, and no other."""
    recording = record(lambda: ServiceRoute("test-portal", ON_BOTH_SIDES))
    groups = {one.name: one.inputs for one in recording.of_type("aws:lb/targetGroup:TargetGroup")}
    assert {name: (group["targetType"], group.get("tags")) for name, group in groups.items()} == {
        "test-portal-vm": ("instance", None),
        "test-portal-ip": ("ip", {"eks:eks-cluster-name": "test-cluster"}),
    }


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"container_share": 101}, "container_share: 101 given; allowed: 0 to 100"),
        ({"cluster_name": None}, "container_share: 25 given; allowed: 0 to 0"),
        ({"on_machines": False}, "container_share: 25 given; allowed: 100 to 100"),
        ({"on_machines": False, "cluster_name": None}, "the service runs nowhere; allowed: one of them, or both"),
    ],
)
def test_a_share_for_where_the_service_does_not_run_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        dataclasses.replace(ON_BOTH_SIDES, **changes)


def test_each_service_has_one_rule_in_its_place(prod: Recording) -> None:
    rules = {one.name: one for one in prod.of_type("aws:lb/listenerRule:ListenerRule")}
    assert {name: one.inputs["priority"] for name, one in rules.items()} == {
        "prod-portal": 900,
        "prod-registration": 100,
    }
    for name, one in rules.items():
        assert shares(one) == {f"{name}-vm": 100, f"{name}-ip": 0}


def test_a_targets_health_is_its_process_never_its_dependencies(prod: Recording) -> None:
    for group in prod.of_type("aws:lb/targetGroup:TargetGroup"):
        check = group.inputs["healthCheck"]
        assert check["path"] == "/healthz"
        assert check["matcher"] == "200"
        assert check["interval"] >= 5
        assert check["timeout"] < check["interval"]
        assert group.inputs["deregistrationDelay"] == 30
