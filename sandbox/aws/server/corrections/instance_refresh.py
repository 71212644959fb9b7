"""Instance refreshes: a group's instances are replaced in batches that keep enough of them healthy.

moto 5.2.5: it has no instance refresh. This one replaces by batches between MinHealthyPercentage and
MaxHealthyPercentage (AWS's defaults: 90 and 100), and counts a new instance once the data plane reports its targets
healthy and its warm-up is over. It waits for that as long as it takes: it never fails, so nothing is ever rolled back.
Checkpoints, desired configurations and alarms are refused by name.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from sandbox.aws.server.corrections.auto_scaling import (
    is_unhealthy,
    launch,
    launch_template_version,
    launched_version,
    reported_state,
    retire,
    target_groups_of,
)
from sandbox.aws.server.corrections.patching import add
from sandbox.aws.server.corrections.placement import surplus

UNDER_WAY = ("Pending", "InProgress", "Cancelling")
SUPPORTED_PREFERENCES = (
    "MinHealthyPercentage",
    "MaxHealthyPercentage",
    "InstanceWarmup",
    "SkipMatching",
    "AutoRollback",
)


def apply() -> None:
    add(
        AutoScalingResponse,
        start_instance_refresh=_start,
        describe_instance_refreshes=_describe,
        cancel_instance_refresh=_cancel,
    )


@dataclass
class Refresh:
    """outdated: the ids of the instances still to be replaced, in the order in which they go."""

    group_name: str
    preferences: dict[str, Any]
    outdated: list[str]
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "Pending"
    reason: str | None = None
    started: datetime = field(default_factory=utcnow)
    ended: datetime | None = None
    total: int = 0

    def __post_init__(self) -> None:
        self.total = len(self.outdated)

    def finish(self, status: str, reason: str | None = None) -> None:
        self.status, self.reason, self.ended = status, reason, utcnow()

    def description(self) -> dict[str, Any]:
        done = self.total - len(self.outdated)
        return {
            "InstanceRefreshId": self.identifier,
            "AutoScalingGroupName": self.group_name,
            "Status": self.status,
            "StatusReason": self.reason,
            "StartTime": self.started,
            "EndTime": self.ended,
            "PercentageComplete": 100 if self.status == "Successful" else min(99, 100 * done // max(1, self.total)),
            "InstancesToUpdate": len(self.outdated),
            "Preferences": self.preferences,
        }


def refreshes_of(group: FakeAutoScalingGroup) -> list[Refresh]:
    """The group's refreshes, the latest last."""
    refreshes: list[Refresh] = group.__dict__.setdefault("instance_refreshes", [])
    return refreshes


def advance(backend: AutoScalingBackend) -> bool:
    """Take every refresh a step on. Whether anything changed."""
    changes = [_step(group, refresh) for group, refresh in _under_way(backend)]
    return any(changes)


def _under_way(backend: AutoScalingBackend) -> list[tuple[FakeAutoScalingGroup, Refresh]]:
    return [
        (group, refresh)
        for group in backend.autoscaling_groups.values()
        for refresh in refreshes_of(group)[-1:]
        if refresh.status in UNDER_WAY
    ]


def _step(group: FakeAutoScalingGroup, refresh: Refresh) -> bool:
    desired = group.desired_capacity or 0
    least = math.ceil(desired * refresh.preferences["MinHealthyPercentage"] / 100)
    most = max(desired, math.floor(desired * refresh.preferences["MaxHealthyPercentage"] / 100))
    active = group.active_instances()
    present = {state.instance_id for state in active}
    before = (refresh.status, list(refresh.outdated))
    refresh.status = "InProgress"
    refresh.outdated = [identifier for identifier in refresh.outdated if identifier in present]

    healthy = {state.instance_id for state in active if _is_healthy(group, state, refresh)}
    spare = max(0, len(healthy) - least)
    useless = [state.instance_id for state in active if is_unhealthy(group, state)]
    expendable = [identifier for identifier in refresh.outdated if identifier in healthy][:spare]
    going = {*expendable, *(identifier for identifier in refresh.outdated if identifier in useless)}
    retire(group, [state for state in active if state.instance_id in going])

    remaining = len(refresh.outdated) - len(going)
    staying = len(active) - len(going)
    new = min(most, desired + remaining) - staying
    if new > 0:
        launch(group, new, leaving=refresh.outdated)
    if not refresh.outdated and new <= 0 and len(healthy) >= desired:
        refresh.finish("Successful")
    return bool(going) or new > 0 or before != (refresh.status, refresh.outdated)


def _is_healthy(group: FakeAutoScalingGroup, state: InstanceState, refresh: Refresh) -> bool:
    """Whether an instance counts: known to be healthy and, where it is new, warm."""
    age = (utcnow() - state.instance.launch_time).total_seconds()
    if state.instance_id not in refresh.outdated and age < refresh.preferences["InstanceWarmup"]:
        return False
    return state.health_status == "Healthy" and all(
        reported_state(target_group, state) == "healthy" for target_group in target_groups_of(group)
    )


def _start(response: AutoScalingResponse) -> ActionResult:
    group = _group(response)
    if any(refresh.status in UNDER_WAY for refresh in refreshes_of(group)):
        raise AutoscalingClientError(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this one.",
        )
    if response._get_param("DesiredConfiguration"):  # noqa: SLF001 - moto's way to read a request
        raise ValidationError("The sandbox has no DesiredConfiguration: update the group, then refresh it.")
    asked = response._get_param("Preferences") or {}  # noqa: SLF001
    if unsupported := sorted(set(asked) - set(SUPPORTED_PREFERENCES)):
        raise ValidationError(f"The sandbox's instance refresh does not have {', '.join(unsupported)}.")
    preferences = {
        "MinHealthyPercentage": 90,
        "MaxHealthyPercentage": 100,
        "InstanceWarmup": int(group.health_check_grace_period or 0),
        "SkipMatching": False,
        **asked,
    }
    version = launch_template_version(group)
    outdated = [
        (state.instance_id, str(state.availability_zone))
        for state in sorted(group.active_instances(), key=lambda state: state.instance.launch_time)
        if not (preferences["SkipMatching"] and launched_version(state) == version)
    ]
    refresh = Refresh(group.name, preferences, surplus(outdated, len(outdated)))
    refreshes_of(group).append(refresh)
    return ActionResult({"InstanceRefreshId": refresh.identifier})


def _describe(response: AutoScalingResponse) -> ActionResult:
    wanted = response._get_param("InstanceRefreshIds") or []  # noqa: SLF001
    found = [
        refresh for refresh in reversed(refreshes_of(_group(response))) if not wanted or refresh.identifier in wanted
    ]
    return ActionResult({"InstanceRefreshes": [refresh.description() for refresh in found]})


def _cancel(response: AutoScalingResponse) -> ActionResult:
    group = _group(response)
    under_way = [refresh for refresh in refreshes_of(group) if refresh.status in UNDER_WAY]
    if not under_way:
        raise AutoscalingClientError(
            "ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found."
        )
    under_way[0].finish("Cancelled", "Cancelled by request.")
    group.set_desired_capacity(group.desired_capacity)
    return ActionResult({"InstanceRefreshId": under_way[0].identifier})


def _group(response: AutoScalingResponse) -> FakeAutoScalingGroup:
    name = response._get_param("AutoScalingGroupName")  # noqa: SLF001
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group
