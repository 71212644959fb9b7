"""The live rule says how traffic is shared; moving a share changes the weights and nothing else."""

from __future__ import annotations

from typing import Any, cast

import pytest

from operations import traffic as module
from operations.aws_apis import AwsApis
from operations.exit_codes import ExitCode, OperationError
from operations.traffic import ServiceTraffic, Traffic
from operations.weight import check_bearable, known_service

pytestmark = pytest.mark.unit

LISTENER = "arn:listener"
VMS, CONTAINERS, ALONE = (f"arn:aws:elasticloadbalancing:x:1:targetgroup/{name}/1" for name in ("vm", "pod", "alone"))
OUTPUTS = {
    "site": {"https_listener_arn": LISTENER},
    "services": {
        "portal": {
            "kind": "http",
            "vms": {"target_group_arn": VMS},
            "containers": {"target_group_arn": CONTAINERS},
        },
        "registration": {"kind": "http", "vms": {"target_group_arn": ALONE}, "containers": None},
        "relay": {"kind": "worker", "vms": None, "containers": {"target_group_arn": None}},
    },
}


class Elbv2:
    """Two rules and the health of their targets, in ELBv2's shapes."""

    def __init__(self, weights: dict[str, int], health: dict[str, list[str]], *, deaf: bool = False) -> None:
        self.rules = [rule("one", {ALONE: 1}), rule("two", weights)]
        self._health = health
        self._deaf = deaf
        self.modified: list[Any] = []

    def get_paginator(self, _name: str) -> Elbv2:
        return self

    def paginate(self, *, ListenerArn: str) -> list[Any]:  # noqa: N803 - the API's own name
        assert ListenerArn == LISTENER
        return [{"Rules": self.rules[:1]}, {"Rules": self.rules[1:]}]

    def describe_target_health(self, *, TargetGroupArn: str) -> Any:  # noqa: N803
        states = self._health.get(TargetGroupArn, [])
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}

    def modify_rule(self, *, RuleArn: str, Actions: list[Any]) -> None:  # noqa: N803
        self.modified.append((RuleArn, Actions))
        if not self._deaf:
            next(found for found in self.rules if found["RuleArn"] == RuleArn)["Actions"] = Actions


def rule(name: str, weights: dict[str, int]) -> Any:
    forward = {
        "TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()],
        "TargetGroupStickinessConfig": {"Enabled": False},
    }
    return {"RuleArn": f"arn:rule/{name}", "Actions": [{"Type": "forward", "Order": 1, "ForwardConfig": forward}]}


def reader(elbv2: Elbv2) -> Traffic:
    class Session:
        def client(self, *_: Any, **__: Any) -> Elbv2:
            return elbv2

    return Traffic(AwsApis(session=cast("Any", Session()), endpoint="", config=cast("Any", None)), OUTPUTS)


def healthy(vms: int = 2, containers: int = 2) -> dict[str, list[str]]:
    return {VMS: ["healthy"] * vms, CONTAINERS: ["healthy"] * containers}


def test_shares_are_the_live_rules_and_all_or_nothing_for_one_side() -> None:
    traffic = reader(Elbv2({VMS: 75, CONTAINERS: 25}, healthy()))
    assert traffic.shares() == {"portal": 25, "registration": 0, "relay": 100}


@pytest.mark.parametrize(
    ("weights", "share"), [((1, 0), 0), ((0, 7), 100), ((999, 999), 50), ((0, 0), 0), ((2, 1), 33)]
)
def test_weights_that_another_tool_has_set_are_read_as_per_cent(weights: tuple[int, int], share: int) -> None:
    assert reader(Elbv2({VMS: weights[0], CONTAINERS: weights[1]}, healthy())).read("portal").share == share


def test_moving_a_share_changes_the_weights_and_nothing_else_of_the_rule() -> None:
    elbv2 = Elbv2({VMS: 100, CONTAINERS: 0}, healthy())
    traffic = reader(elbv2)
    after = traffic.move(traffic.read("portal"), 50)
    assert (after.share, after.vms.weight, after.containers.weight) == (50, 50, 50)
    assert elbv2.modified == [("arn:rule/two", rule("two", {VMS: 50, CONTAINERS: 50})["Actions"])]


def test_a_change_that_does_not_arrive_is_not_called_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ARRIVAL_SECONDS", 0.0)
    traffic = reader(Elbv2({VMS: 100, CONTAINERS: 0}, healthy(), deaf=True))
    with pytest.raises(OperationError, match="still says 0 %"):
        traffic.move(traffic.read("portal"), 50)


@pytest.mark.parametrize(
    ("service", "says"), [("registration", "runs on machines only"), ("relay", "is a worker: no traffic")]
)
def test_a_service_with_nothing_to_share_out_is_refused(service: str, says: str) -> None:
    with pytest.raises(OperationError, match=says) as raised:
        reader(Elbv2({VMS: 100, CONTAINERS: 0}, healthy())).read(service)
    assert raised.value.code is ExitCode.REFUSED


def bearable(share: int, health: dict[str, list[str]]) -> ServiceTraffic:
    traffic = reader(Elbv2({VMS: 100, CONTAINERS: 0}, health)).read("portal")
    check_bearable(traffic, share)
    return traffic


@pytest.mark.parametrize(("share", "vms", "containers"), [(0, 1, 0), (100, 0, 1), (50, 1, 1)])
def test_only_the_sides_that_get_traffic_need_a_healthy_target(share: int, vms: int, containers: int) -> None:
    bearable(share, healthy(vms, containers))


@pytest.mark.parametrize(
    ("share", "health", "says"),
    [
        (50, healthy(2, 0), "its containers would get traffic, and target group pod/1 has no target"),
        (
            1,
            {VMS: ["healthy"], CONTAINERS: ["initial", "unhealthy", "unhealthy"]},
            r"none of the 3 targets of target group pod/1 is healthy \(1 initial, 2 unhealthy\)",
        ),
        (99, healthy(0, 2), "its vms would get traffic, and target group vm/1 has no target"),
    ],
)
def test_weight_on_a_side_without_healthy_targets_is_refused_and_says_which_group_and_why(
    share: int, health: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(OperationError, match=says) as raised:
        bearable(share, health)
    assert raised.value.code is ExitCode.REFUSED


def test_a_misspelt_service_is_wrong_use_and_the_nearest_is_named() -> None:
    known_service("portal", ["portal", "registration"])
    with pytest.raises(OperationError, match="did you mean registration") as raised:
        known_service("registraton", ["portal", "registration"])
    assert raised.value.code is ExitCode.WRONG_USE
