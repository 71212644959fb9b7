"""Instance refreshes: a group's instances are replaced in batches that keep enough of them healthy.

moto 5.2.5: it has no instance refresh. This one replaces by batches between MinHealthyPercentage and
MaxHealthyPercentage (AWS's defaults: 90 and 100), and counts a new instance once the data plane reports its targets
healthy and its warm-up is over. Where new instances don't become healthy it tries for an hour, as AWS does, and fails;
it fails at once where an alarm that it watches goes off. Checkpoints, bake time and another launch template than the
group's own are refused by name.

A rollback goes back to what was *last saved on the group* before the refresh began, as on AWS. So it undoes nothing
where the group was updated first and refreshed then, which is what pulumi-aws does
(https://github.com/hashicorp/terraform-provider-aws/issues/34189).

https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudwatch.models import cloudwatch_backends
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

PATIENCE = timedelta(hours=1)
"""How long AWS goes on while new instances don't become healthy."""

UNDER_WAY = ("Pending", "InProgress", "Cancelling", "RollbackInProgress")
SUPPORTED_PREFERENCES = (
    "MinHealthyPercentage",
    "MaxHealthyPercentage",
    "InstanceWarmup",
    "SkipMatching",
    "AutoRollback",
    "AlarmSpecification",
)
_NO_WAY_BACK = ("$Latest", "$Default", None)


def apply() -> None:
    add(
        AutoScalingResponse,
        start_instance_refresh=_start,
        describe_instance_refreshes=_describe,
        cancel_instance_refresh=_cancel,
        rollback_instance_refresh=_rollback,
    )


@dataclass
class Refresh:
    """outdated: the ids of the instances still to be replaced, in the order in which they go.

    may_exceed: MaxHealthyPercentage was given, so that one instance comes on top where the bounds leave no room.
    desired: the LaunchTemplateSpecification asked for, if any.
    saved_version: the group's own template version when the refresh began, to which it goes back.
    """

    group_name: str
    preferences: dict[str, Any]
    outdated: list[str]
    may_exceed: bool = False
    desired: dict[str, Any] | None = None
    saved_version: str | None = None
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "Pending"
    reason: str | None = None
    started: datetime = field(default_factory=utcnow)
    ended: datetime | None = None
    total: int = 0
    moved: datetime = field(default_factory=utcnow)
    progress: tuple[int, int] | None = None
    rollback: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.total = len(self.outdated)

    @property
    def percentage(self) -> int:
        """Of the instances that the refresh was to replace, how many are. Back to 0 as a rollback goes on."""
        if self.status == "Successful":
            return 100
        left = len(self.outdated)
        done = left if self.rollback else self.total - left
        return min(99, 100 * done // max(1, self.total))

    def finish(self, status: str, reason: str | None = None) -> None:
        self.status, self.reason, self.ended = status, reason, utcnow()

    def description(self) -> dict[str, Any]:
        return {
            "InstanceRefreshId": self.identifier,
            "AutoScalingGroupName": self.group_name,
            "Status": self.status,
            "StatusReason": self.reason,
            "StartTime": self.started,
            "EndTime": self.ended,
            "PercentageComplete": self.percentage,
            "InstancesToUpdate": self.rollback["InstancesToUpdateOnRollback"] if self.rollback else len(self.outdated),
            "Preferences": self.preferences,
            "DesiredConfiguration": {"LaunchTemplate": self.desired} if self.desired else None,
            "RollbackDetails": self.rollback,
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
    before = (refresh.status, refresh.reason, list(refresh.outdated))
    if refresh.status == "Pending":
        refresh.status = "InProgress"
    moved = _replace_some(group, refresh)
    if refresh.ended is None:
        _look_for_trouble(group, refresh)
    return moved or before != (refresh.status, refresh.reason, refresh.outdated)


def _replace_some(group: FakeAutoScalingGroup, refresh: Refresh) -> bool:
    """Take the next batch, as far as the healthy instances allow. Whether any instance came or went."""
    least, most = _bounds(group, refresh)
    active = group.active_instances()
    present = {state.instance_id for state in active}
    refresh.outdated = [identifier for identifier in refresh.outdated if identifier in present]

    healthy = {state.instance_id for state in active if _is_healthy(group, state, refresh)}
    spare = max(0, len(healthy) - least)
    useless = [state.instance_id for state in active if is_unhealthy(group, state)]
    expendable = [identifier for identifier in refresh.outdated if identifier in healthy][:spare]
    going = {*expendable, *(identifier for identifier in refresh.outdated if identifier in useless)}
    retire(group, [state for state in active if state.instance_id in going])

    desired = group.desired_capacity or 0
    staying = len(active) - len(going)
    new = min(most, desired + len(refresh.outdated) - len(going)) - staying
    if new > 0:
        launch(group, new, leaving=refresh.outdated)
    elif not refresh.outdated and len(healthy) >= desired:
        _succeed(group, refresh)
    _note_progress(refresh, len(healthy - {*refresh.outdated}), [*(present - healthy)])
    return bool(going) or new > 0


def _bounds(group: FakeAutoScalingGroup, refresh: Refresh) -> tuple[int, int]:
    """The fewest healthy instances and the most of all. Where the two meet, AWS launches one beforehand."""
    desired = group.desired_capacity or 0
    least = math.ceil(desired * refresh.preferences["MinHealthyPercentage"] / 100)
    most = max(desired, math.floor(desired * refresh.preferences["MaxHealthyPercentage"] / 100))
    return least, max(most, least + 1) if refresh.may_exceed else most


def _note_progress(refresh: Refresh, new_and_healthy: int, waited_for: list[str]) -> None:
    progress = (len(refresh.outdated), new_and_healthy)
    if progress != refresh.progress:
        refresh.progress, refresh.moved = progress, utcnow()
    if refresh.ended is None:
        example = f" For example: {min(waited_for)} has not been found healthy." if waited_for else ""
        refresh.reason = f"Waiting for remaining instances to be available.{example}" if waited_for else None


def _look_for_trouble(group: FakeAutoScalingGroup, refresh: Refresh) -> None:
    alarms = _alarms_going_off(group, refresh)
    if utcnow() - refresh.moved > PATIENCE:
        _fail(group, refresh, "Instances did not become healthy within an hour.")
    elif alarms and not refresh.rollback:
        _fail(group, refresh, f"CloudWatch alarms in ALARM state: {', '.join(alarms)}.")


def _alarms_going_off(group: FakeAutoScalingGroup, refresh: Refresh) -> list[str]:
    names = refresh.preferences.get("AlarmSpecification", {}).get("Alarms", [])
    alarms = cloudwatch_backends[group.account_id][group.region].alarms
    return [name for name in names if name in alarms and alarms[name].state_value == "ALARM"]


def _succeed(group: FakeAutoScalingGroup, refresh: Refresh) -> None:
    if refresh.rollback:
        refresh.finish("RollbackSuccessful", refresh.rollback["RollbackReason"])
        return
    if refresh.desired:
        group.provided_launch_template_version = refresh.desired["Version"]
    refresh.finish("Successful")


def _fail(group: FakeAutoScalingGroup, refresh: Refresh, reason: str) -> None:
    if refresh.rollback:
        refresh.finish("RollbackFailed", reason)
    elif refresh.preferences.get("AutoRollback"):
        _go_back(group, refresh, reason)
    else:
        _launch_saved_version(group)
        refresh.finish("Failed", reason)


def _go_back(group: FakeAutoScalingGroup, refresh: Refresh, reason: str) -> None:
    """Replace what the refresh has launched by what was saved on the group before it began."""
    refresh.rollback = {
        "RollbackReason": reason,
        "RollbackStartTime": utcnow(),
        "PercentageCompleteOnRollback": refresh.percentage,
        "InstancesToUpdateOnRollback": len(refresh.outdated),
    }
    refresh.status, refresh.moved = "RollbackInProgress", utcnow()
    refresh.outdated = [
        state.instance_id for state in group.active_instances() if state.instance_id not in refresh.outdated
    ]
    group.provided_launch_template_version = refresh.saved_version
    _launch_saved_version(group)


def _launch_saved_version(group: FakeAutoScalingGroup) -> None:
    if group.ec2_launch_template:
        group.launch_template_version = group.provided_launch_template_version or "$Default"


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
    desired = _desired_template(group, response._get_param("DesiredConfiguration"))  # noqa: SLF001 - moto's way
    given = response._get_param("Preferences") or {}  # noqa: SLF001
    if unsupported := sorted(set(given) - set(SUPPORTED_PREFERENCES)):
        raise ValidationError(f"The sandbox's instance refresh does not have {', '.join(unsupported)}.")
    saved_version = group.provided_launch_template_version if group.ec2_launch_template else None
    if given.get("AutoRollback"):
        _require_way_back(desired, saved_version)
    preferences = {
        "MinHealthyPercentage": 90,
        "MaxHealthyPercentage": 100,
        "InstanceWarmup": int(group.health_check_grace_period or 0),
        "SkipMatching": False,
        **given,
    }
    if desired:
        group.launch_template_version = desired["Version"]
    version = launch_template_version(group)
    outdated = [
        (state.instance_id, str(state.availability_zone))
        for state in sorted(group.active_instances(), key=lambda state: state.instance.launch_time)
        if not (preferences["SkipMatching"] and launched_version(state) == version)
    ]
    refresh = Refresh(
        group.name,
        preferences,
        surplus(outdated, len(outdated)),
        may_exceed="MaxHealthyPercentage" in given,
        desired=desired,
        saved_version=saved_version,
    )
    refreshes_of(group).append(refresh)
    return ActionResult({"InstanceRefreshId": refresh.identifier})


def _desired_template(group: FakeAutoScalingGroup, asked: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a DesiredConfiguration asks to be launched from: a version of the group's own template."""
    if not asked:
        return None
    specification: dict[str, Any] = asked.get("LaunchTemplate") or {}
    template = group.ec2_launch_template
    if template is None or not specification or {"MixedInstancesPolicy"} & asked.keys():
        raise ValidationError("The sandbox's instance refresh wants a launch template as its DesiredConfiguration.")
    known = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
    if any(specification.get(name, value) != value for name, value in known.items()):
        raise ValidationError("The sandbox's instance refresh stays with the group's own launch template.")
    version = str(specification.get("Version") or "$Default")
    template.get_version(version)  # refuses one that there is not
    return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": version}


def _require_way_back(desired: dict[str, Any] | None, saved_version: str | None) -> None:
    if not desired:
        raise ValidationError(
            "The request isn't valid. The AutoRollback parameter cannot be set to true when the DesiredConfiguration "
            "parameter is empty. Set AutoRollback to false or specify a desired configuration and try again."
        )
    if saved_version in _NO_WAY_BACK:
        raise ValidationError("AutoRollback needs a group that names a numbered version of its launch template.")


def _describe(response: AutoScalingResponse) -> ActionResult:
    wanted = response._get_param("InstanceRefreshIds") or []  # noqa: SLF001
    found = [
        refresh for refresh in reversed(refreshes_of(_group(response))) if not wanted or refresh.identifier in wanted
    ]
    return ActionResult({"InstanceRefreshes": [refresh.description() for refresh in found]})


def _cancel(response: AutoScalingResponse) -> ActionResult:
    group = _group(response)
    refresh = _active(group)
    refresh.finish("Cancelled", "Cancelled by request.")
    _launch_saved_version(group)
    group.set_desired_capacity(group.desired_capacity)
    return ActionResult({"InstanceRefreshId": refresh.identifier})


def _rollback(response: AutoScalingResponse) -> ActionResult:
    group = _group(response)
    refresh = _active(group)
    if refresh.rollback or refresh.desired is None or refresh.saved_version in _NO_WAY_BACK:
        raise AutoscalingClientError(
            "IrreversibleInstanceRefresh",
            "The instance refresh can't be rolled back: it has no desired configuration, its group names no numbered "
            "version of a launch template, or it is being rolled back already.",
        )
    _go_back(group, refresh, "Rollback by request.")
    return ActionResult({"InstanceRefreshId": refresh.identifier})


def _active(group: FakeAutoScalingGroup) -> Refresh:
    for refresh in refreshes_of(group):
        if refresh.status in UNDER_WAY:
            return refresh
    raise AutoscalingClientError("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found.")


def _group(response: AutoScalingResponse) -> FakeAutoScalingGroup:
    name = response._get_param("AutoScalingGroupName")  # noqa: SLF001
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group
