"""Rolling a group's instances when what they are launched from changes. Nothing waits for it to end."""

from __future__ import annotations

from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.declaration import Model
from sandbox.aws.provider.work import Work

_UNDER_WAY = ("Pending", "InProgress", "Cancelling")

# What pulumi-aws calls a preference → the API's own name.
_PREFERENCES = {
    "autoRollback": "AutoRollback",
    "checkpointDelay": "CheckpointDelay",
    "checkpointPercentages": "CheckpointPercentages",
    "instanceWarmup": "InstanceWarmup",
    "maxHealthyPercentage": "MaxHealthyPercentage",
    "minHealthyPercentage": "MinHealthyPercentage",
    "scaleInProtectedInstances": "ScaleInProtectedInstances",
    "skipMatching": "SkipMatching",
    "standbyInstances": "StandbyInstances",
}
_NUMBERS_AS_TEXT = ("checkpointDelay", "instanceWarmup")


def refresh_instances(work: Work) -> None:
    """Start an instance refresh where a changed input calls for one; one under way is cancelled first."""
    refresh = work.get("instanceRefresh")
    if not refresh:
        return
    triggers = {{"tag": "tags"}.get(name, name) for name in refresh.get("triggers", [])} | {"launchTemplate"}
    if not triggers & work.changed:
        return
    try:
        _start(work, refresh)
    except CloudError as error:
        if error.code not in ("InstanceRefreshInProgress", "InstanceRefreshInProgressFault"):
            raise
        work.call("cancel_instance_refresh", AutoScalingGroupName=work.id)
        work.waiter.until("the instance refresh under way to be cancelled", lambda: _under_way(work))
        _start(work, refresh)


def _start(work: Work, refresh: Model) -> None:
    preferences = {
        _PREFERENCES[name]: int(value) if name in _NUMBERS_AS_TEXT else value
        for name, value in refresh.get("preferences", {}).items()
        if name in _PREFERENCES
    }
    parameters: Model = {"Strategy": refresh["strategy"], "Preferences": preferences}
    if preferences.get("AutoRollback"):  # AWS refuses to roll back to nothing
        template = work.inputs["launchTemplate"]
        names = {"id": "LaunchTemplateId", "name": "LaunchTemplateName", "version": "Version"}
        wanted = {names[name]: value for name, value in template.items()}
        parameters["DesiredConfiguration"] = {"LaunchTemplate": wanted}
    work.call("start_instance_refresh", AutoScalingGroupName=work.id, **parameters)


def _under_way(work: Work) -> str | None:
    statuses = work.find("InstanceRefreshes[].Status", "describe_instance_refreshes", AutoScalingGroupName=work.id)
    return next((status for status in statuses if status in _UNDER_WAY), None)
