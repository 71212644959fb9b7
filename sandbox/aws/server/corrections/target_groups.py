"""Target groups: health is what the data plane reports, and a deregistered target drains first.

moto 5.2.5: every registered target is `healthy` at once, a deregistered one is `unused` at once whatever the group's
deregistration delay, and the targets of a terminated instance stay `draining` for ever.

Reports aren't kept over a restart: nobody has looked at the targets since, so they are `initial` again.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.elbv2.exceptions import InvalidTargetError, TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from sandbox.aws.server.corrections.patching import replace

_upstream_register = FakeTargetGroup.register


@dataclass(frozen=True)
class Report:
    """What was last seen of a target; states and reasons are DescribeTargetHealth's."""

    state: str
    reason: str | None = None
    description: str | None = None


INITIAL = Report("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
DRAINING = Report("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
UNUSED = Report("unused", "Target.NotRegistered", "Target is not registered to the target group")

_reports: dict[str, dict[str, Report]] = defaultdict(dict)
"""By target group ARN, then by `<target id>:<port>`.

The data plane reports changes only, and may miss that a target was away for a moment: a report is forgotten when its
target can't come back unseen, not sooner.
"""


def apply() -> None:
    replace(
        FakeTargetGroup,
        register=_register,
        deregister=_deregister,
        deregister_terminated_instances=_drop,
        health_for=_health_for,
    )
    replace(ELBv2Backend, describe_target_health=_describe_target_health)


def report(target_group_arn: str, target: str, seen: Report) -> None:
    """Take the data plane's word for one target, named `<id>:<port>`."""
    _reports[target_group_arn][target] = seen


def reported(group: FakeTargetGroup, target: dict[str, Any]) -> Report:
    """The state of a registered target; `initial` until the data plane has told."""
    return _reports[group.arn].get(f"{target['Id']}:{target['Port']}", INITIAL)


def draining_targets(group: FakeTargetGroup) -> dict[str, dict[str, Any]]:
    """Deregistered targets that may still answer requests, by id, with the time (`Until`) when they no longer do."""
    targets: dict[str, dict[str, Any]] = group.__dict__.setdefault("draining_targets", {})
    return targets


def finish_draining(groups: Iterable[FakeTargetGroup], now: float) -> bool:
    """Let go of the targets whose deregistration delay is over, or which the data plane reports unused already.

    Returns whether there were any. As on AWS, a target with no request under way need not wait for the delay.
    """
    finished = [(group, target) for group in groups for target in _drained(group, now)]
    for group, target in finished:
        _forget(group, draining_targets(group).pop(target["Id"]))
    return bool(finished)


def _drained(group: FakeTargetGroup, now: float) -> Iterator[dict[str, Any]]:
    for target in draining_targets(group).values():
        if target["Until"] <= now or reported(group, target).state == "unused":
            yield target


def _forget(group: FakeTargetGroup, target: dict[str, Any]) -> None:
    _reports[group.arn].pop(f"{target['Id']}:{target['Port']}", None)


def _register(group: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    _upstream_register(group, targets)
    for target in targets:
        draining_targets(group).pop(target["Id"], None)


def _deregister(group: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    delay = int(str(group.attributes["deregistration_delay.timeout_seconds"]))
    for target in targets:
        registered = group.targets.pop(target["Id"], None)
        if registered is None:
            raise InvalidTargetError
        if reported(group, registered).state == "healthy":
            draining_targets(group)[target["Id"]] = {**registered, "Until": time.time() + delay}


def _drop(group: FakeTargetGroup, instance_ids: list[str]) -> None:
    for instance_id in instance_ids:
        for targets in (group.targets, draining_targets(group)):
            if target := targets.pop(instance_id, None):
                _forget(group, target)


def _health_for(group: FakeTargetGroup, target: dict[str, Any], _: Any = None) -> FakeHealthStatus:
    known = group.targets.get(target["Id"])
    if known is not None:
        seen = reported(group, known)
    elif known := draining_targets(group).get(target["Id"]):
        seen = DRAINING
    else:
        known, seen = {"Port": group.port, **target}, UNUSED
    return FakeHealthStatus(
        known["Id"], known["Port"], group.health_check_port, seen.state, seen.reason, seen.description
    )


def _describe_target_health(
    backend: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    group = backend.target_groups.get(target_group_arn)
    if group is None:
        raise TargetGroupNotFoundError
    asked = targets or [*group.targets.values(), *draining_targets(group).values()]
    return [_health_for(group, target) for target in asked]
