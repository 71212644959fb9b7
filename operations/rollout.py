"""One service's release on machines as AWS's own APIs show it, and the way back from it.

pulumi-aws saves a new launch-template version on the group first and starts the instance refresh then. AWS's own
rollback goes back to what was last saved on the group, and so to the very release that failed
(https://github.com/hashicorp/terraform-provider-aws/issues/34189); and it begins after an hour only. So the way back is
taken here: the version before is saved on the group, the refresh under way is cancelled, and another one replaces the
machines that are not of that version.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import yaml

from operations.aws_apis import sandbox_apis
from operations.checkout import Checkout
from operations.exit_codes import ExitCode, OperationError
from operations.images import RELEASE_DIGITS

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import (
        AutoScalingGroupTypeDef,
        InstanceRefreshTypeDef,
        RefreshPreferencesTypeDef,
    )

UNDER_WAY = frozenset({"Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"})
_ARTEFACT_FILE = "/etc/prakerja/artefact.json"
_KEPT_PREFERENCES = ("MinHealthyPercentage", "MaxHealthyPercentage", "InstanceWarmup")
# SetInstanceProtection takes so many instances at once.
_PROTECTED_AT_ONCE = 50
_CANCEL_SECONDS = 120.0
_REMEMBERED_REFRESHES = 100  # the most that one call answers


@dataclass(frozen=True)
class Machine:
    """One instance of a service. version: of the launch template that it was launched from."""

    identifier: str
    version: str
    lifecycle: str
    healthy: bool


@dataclass(frozen=True)
class Rollout:
    """What a service's group is to run, and what it runs.

    wanted: the launch-template version that the refresh under way brings, or else the one saved on the group.
    saved: the one saved on the group.
    grace_seconds: how long the group gives a new machine before its health counts.
    """

    service: str
    group: str
    template: str
    wanted: str
    saved: str
    desired: int
    grace_seconds: int
    machines: tuple[Machine, ...]
    refresh: InstanceRefreshTypeDef | None = field(repr=False)

    @property
    def under_way(self) -> bool:
        """Whether machines are being replaced."""
        return self.refresh is not None and self.refresh["Status"] in UNDER_WAY

    @property
    def updated(self) -> int:
        """Machines of the wanted version that serve."""
        return sum(machine.healthy and machine.version == self.wanted for machine in self.machines)

    @property
    def complete(self) -> bool:
        """Whether as many machines serve as are desired, and nothing else is there."""
        return self.desired == len(self.machines) == sum(machine.healthy for machine in self.machines)

    @property
    def failure(self) -> str | None:
        """How its latest refresh ended, where that has not put every machine on the wanted version."""
        if self.refresh is None or self.under_way or self.refresh["Status"] == "Successful":
            return None
        return f"its refresh ended {self.refresh['Status']}"

    @property
    def progress(self) -> str:
        """How far it is, in a few words."""
        status = self.refresh["Status"] if self.refresh else "no refresh"
        return f"{status}, {self.updated}/{self.desired} machines"

    @property
    def awaited(self) -> bool:
        """Whether a machine of the wanted version is there and does not serve."""
        return any(not machine.healthy and machine.version == self.wanted for machine in self.machines)


class Rollouts:
    """Reads and turns back the rollouts of one platform's services. Every call goes to the sandbox's endpoint."""

    word = "machines"

    def __init__(self, checkout: Checkout, services: Mapping[str, Any]) -> None:
        """services: those of the stack's outputs that run on machines."""
        apis = sandbox_apis(checkout)
        self._autoscaling = apis.session.client("autoscaling", endpoint_url=apis.endpoint, config=apis.config)
        self._elbv2 = apis.session.client("elbv2", endpoint_url=apis.endpoint, config=apis.config)
        self._ec2 = apis.session.client("ec2", endpoint_url=apis.endpoint, config=apis.config)
        self._services = services
        self._releases: dict[tuple[str, str], str] = {}

    @property
    def services(self) -> list[str]:
        """The services' names."""
        return list(self._services)

    def read(self, service: str) -> Rollout:
        """How a service's machines are now."""
        placed = self._services[service]["vms"]
        group = self._group(placed["auto_scaling_group"])
        healthy = self._healthy(placed["target_group_arn"])
        refreshes = self._autoscaling.describe_instance_refreshes(
            AutoScalingGroupName=placed["auto_scaling_group"], MaxRecords=1
        )["InstanceRefreshes"]
        refresh = refreshes[0] if refreshes else None
        saved = group["LaunchTemplate"]["Version"]
        return Rollout(
            service=service,
            group=placed["auto_scaling_group"],
            template=group["LaunchTemplate"]["LaunchTemplateId"],
            wanted=_brought_by(refresh) or saved,
            saved=saved,
            desired=group["DesiredCapacity"],
            grace_seconds=group.get("HealthCheckGracePeriod", 0),
            machines=tuple(
                Machine(
                    instance["InstanceId"],
                    instance["LaunchTemplate"]["Version"],
                    instance["LifecycleState"],
                    instance["LifecycleState"] == "InService"
                    and (instance["InstanceId"] in healthy if healthy is not None else True),
                )
                for instance in group["Instances"]
            ),
            refresh=refresh,
        )

    def release(self, template: str, version: str) -> str:
        """The digest of the artefact that a launch-template version runs, as `X-Release` shows it."""
        if (template, version) not in self._releases:
            found = self._ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=[version])
            text = base64.b64decode(found["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"]).decode()
            self._releases[template, version] = _artefact(text)[:RELEASE_DIGITS]
        return self._releases[template, version]

    def previous(self, rollout: Rollout) -> str:
        """The version to go back to: the one that still serves, or else the last before that was not turned back.

        Raises OperationError where there is none.
        """
        serving = [machine.version for machine in rollout.machines if machine.healthy]
        others = [version for version in serving if version != rollout.wanted]
        if rollout.under_way and others:
            return max(set(others), key=others.count)
        turned_back = self._turned_back(rollout.group)
        earlier = [number for number in self._versions(rollout.template) if number < int(rollout.wanted)]
        good = [number for number in earlier if str(number) not in turned_back]
        if not good:
            raise OperationError(f"{rollout.service}: there is no release before this one", ExitCode.REFUSED)
        return str(max(good))

    def wanted_release(self, rollout: Rollout) -> str:
        """The release that a group is to run."""
        return self.release(rollout.template, rollout.wanted)

    def release_of(self, rollout: Rollout, target: str) -> str:
        """The release that a version is of."""
        return self.release(rollout.template, target)

    def at(self, rollout: Rollout, release: str) -> str | None:
        """The latest version of a release before the wanted one, None where there is none."""
        earlier = sorted((n for n in self._versions(rollout.template) if n < int(rollout.wanted)), reverse=True)
        return next((str(n) for n in earlier if self.release(rollout.template, str(n)) == release), None)

    def behind(self, service: str, program: str) -> bool:  # noqa: ARG002 - a version tells more than its release
        """Whether another version is saved on a group than the one that the program's last update made."""
        rollout = self.read(service)
        return rollout.saved != str(max(self._versions(rollout.template)))

    def go_back(self, rollout: Rollout, version: str) -> None:
        """Begin to replace all machines that are not of `version`, those that serve last. Returns at once."""
        if rollout.under_way and rollout.saved == version != rollout.wanted:
            self._autoscaling.rollback_instance_refresh(AutoScalingGroupName=rollout.group)
            return
        serving = [machine.identifier for machine in rollout.machines if machine.healthy]
        # Cancelling leaves more machines than are desired. The surplus must not be taken from those that serve.
        self._protect(rollout.group, serving, protect=True)
        try:
            self._autoscaling.update_auto_scaling_group(
                AutoScalingGroupName=rollout.group,
                LaunchTemplate={"LaunchTemplateId": rollout.template, "Version": version},
            )
            if rollout.under_way:
                self._cancel(rollout)
        finally:
            self._protect(rollout.group, serving, protect=False)
        asked: Mapping[str, Any] = rollout.refresh.get("Preferences", {}) if rollout.refresh else {}
        kept = {name: asked[name] for name in _KEPT_PREFERENCES if name in asked}
        self._autoscaling.start_instance_refresh(
            AutoScalingGroupName=rollout.group,
            Strategy="Rolling",
            DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateId": rollout.template, "Version": version}},
            Preferences=cast("RefreshPreferencesTypeDef", {**kept, "SkipMatching": True}),
        )

    def zones(self) -> dict[str, str]:
        """The availability zone of each machine in service, by instance."""
        groups = [self._group(service["vms"]["auto_scaling_group"]) for service in self._services.values()]
        return {
            instance["InstanceId"]: instance["AvailabilityZone"]
            for group in groups
            for instance in group["Instances"]
            if instance["LifecycleState"] == "InService"
        }

    def terminate(self, instances: list[str]) -> None:
        """End instances through EC2, as nothing in their group has asked for."""
        self._ec2.terminate_instances(InstanceIds=instances)

    def _turned_back(self, group: str) -> set[str]:
        """The versions that refreshes have brought, none of them to its end. AWS remembers refreshes for six weeks."""
        refreshes = self._autoscaling.describe_instance_refreshes(
            AutoScalingGroupName=group, MaxRecords=_REMEMBERED_REFRESHES
        )["InstanceRefreshes"]
        ended: dict[str, set[str]] = {}
        for refresh in refreshes:
            ended.setdefault(_named_by(refresh) or "", set()).add(refresh["Status"])
        return {version for version, statuses in ended.items() if "Successful" not in statuses}

    def _versions(self, template: str) -> list[int]:
        pages = self._ec2.get_paginator("describe_launch_template_versions").paginate(LaunchTemplateId=template)
        return [version["VersionNumber"] for page in pages for version in page["LaunchTemplateVersions"]]

    def _cancel(self, rollout: Rollout) -> None:
        self._autoscaling.cancel_instance_refresh(AutoScalingGroupName=rollout.group)
        deadline = time.monotonic() + _CANCEL_SECONDS
        while self.read(rollout.service).under_way:
            if time.monotonic() > deadline:
                raise OperationError(f"{rollout.service}: its refresh does not end, though cancelled; try again")
            time.sleep(1)

    def _protect(self, group: str, instances: list[str], *, protect: bool) -> None:
        for some in _chunks(instances, _PROTECTED_AT_ONCE):
            self._autoscaling.set_instance_protection(
                AutoScalingGroupName=group, InstanceIds=some, ProtectedFromScaleIn=protect
            )

    def _group(self, name: str) -> AutoScalingGroupTypeDef:
        found = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        if not found:
            raise OperationError(f"Auto Scaling group {name} has gone")
        return found[0]

    def _healthy(self, target_group: str | None) -> set[str] | None:
        if target_group is None:
            return None
        described = self._elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        return {target["Target"]["Id"] for target in described if target["TargetHealth"]["State"] == "healthy"}


def _brought_by(refresh: InstanceRefreshTypeDef | None) -> str | None:
    """The version that a refresh under way brings, where it names one."""
    if refresh is None or refresh["Status"] not in UNDER_WAY - {"RollbackInProgress"}:
        return None
    return _named_by(refresh)


def _named_by(refresh: InstanceRefreshTypeDef) -> str | None:
    return refresh.get("DesiredConfiguration", {}).get("LaunchTemplate", {}).get("Version")


def _artefact(user_data: str) -> str:
    files = yaml.safe_load(user_data)["write_files"]
    content = next(file["content"] for file in files if file["path"] == _ARTEFACT_FILE)
    return str(json.loads(content)["sha256"])


def _chunks(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
