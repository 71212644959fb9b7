"""Waiting for a group's instances: in service, and healthy behind the load balancer where the program asks."""

from __future__ import annotations

import re

from sandbox.aws.provider.declaration import Model
from sandbox.aws.provider.work import Work
from sandbox.provider.waiting import WaitError

_DEFAULT_TIMEOUT = "10m"
_CAPACITY_INPUTS = frozenset(
    {"minSize", "maxSize", "desiredCapacity", "waitForElbCapacity", "minElbCapacity", "targetGroupArns"}
)
_POLL_SECONDS = 0.5
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def await_capacity(work: Work) -> None:
    """Wait for the capacity that the program asks for; an update waits only where it changed it."""
    seconds = duration(work.get("waitForCapacityTimeout", _DEFAULT_TIMEOUT))
    if seconds == 0 or (work.changed and not work.changed & _CAPACITY_INPUTS):
        return
    work.waiter.time_out = seconds
    work.waiter.until(f"Auto Scaling group {work.id} to have its capacity", lambda: _shortfall(work), _POLL_SECONDS)


def await_empty(work: Work) -> None:
    """Wait until the group has no instance."""

    def probe() -> str | None:
        group = _group(work)
        instances = group["Instances"] if group else []
        return f"{len(instances)} instances left" if instances else None

    work.waiter.until(f"Auto Scaling group {work.id} to be empty", probe, _POLL_SECONDS)


def duration(text: str) -> float:
    """Seconds of a duration as pulumi-aws writes it, such as `15m` or `1h30m`.

    Raises ValueError.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", text)
    if text == "0":
        return 0.0
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise ValueError(f"{text!r} is not a duration such as 15m or 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _group(work: Work) -> Model | None:
    group: Model | None = work.find(
        "AutoScalingGroups[0]", "describe_auto_scaling_groups", AutoScalingGroupNames=[work.id]
    )
    return group


def _shortfall(work: Work) -> str | None:
    group = _group(work)
    if group is None:
        raise WaitError(f"Auto Scaling group {work.id} has gone")
    in_service = {
        instance["InstanceId"]
        for instance in group["Instances"]
        if instance["LifecycleState"] == "InService" and instance["HealthStatus"].lower() == "healthy"
    }
    wanted = group["DesiredCapacity"] or group["MinSize"]
    if len(in_service) < wanted:
        return f"{len(in_service)} of {wanted} instances in service"
    behind = work.get("waitForElbCapacity") or work.get("minElbCapacity")
    if not behind:
        return None
    healthy = set.intersection(in_service, *(_healthy(work, arn) for arn in group.get("TargetGroupARNs", [])))
    exact = "waitForElbCapacity" in work.inputs
    enough = len(healthy) == behind if exact else len(healthy) >= behind
    return None if enough else f"{len(healthy)} of {behind} healthy behind the load balancer"


def _healthy(work: Work, target_group: str) -> set[str]:
    found: list[str] = work.find(
        "TargetHealthDescriptions[?TargetHealth.State=='healthy'].Target.Id",
        "describe_target_health",
        service="elbv2",
        TargetGroupArn=target_group,
    )
    return set(found)
