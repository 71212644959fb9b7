"""EC2 Auto Scaling: groups of instances."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Update, fixed, local
from sandbox.aws.provider.declarations.autoscaling_capacity import await_capacity, await_empty
from sandbox.aws.provider.declarations.autoscaling_refresh import refresh_instances
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties

_LAUNCH_TEMPLATE_NAMES = {"id": "LaunchTemplateId", "name": "LaunchTemplateName"}

# As terraform-provider-aws leaves it where the program says nothing.
_DEFAULT_GRACE_SECONDS = 300


def _encode_tags(tags: list[Properties]) -> list[Model]:
    return [{"Key": tag["key"], "Value": tag["value"], "PropagateAtLaunch": tag["propagateAtLaunch"]} for tag in tags]


def _complete(work: Work, parameters: Model) -> None:
    parameters.setdefault("HealthCheckGracePeriod", _DEFAULT_GRACE_SECONDS)
    for tag in parameters.get("Tags", []):
        tag |= {"ResourceId": work.inputs["name"], "ResourceType": "auto-scaling-group"}


def _change_tags(work: Work) -> None:
    def named(tags: list[Properties]) -> list[Model]:
        return [{**tag, "ResourceId": work.id, "ResourceType": "auto-scaling-group"} for tag in _encode_tags(tags)]

    wanted, present = work.inputs.get("tags", []), work.old_inputs.get("tags", [])
    kept = {tag["key"] for tag in wanted}
    removed = [tag for tag in present if tag["key"] not in kept]
    if removed:
        work.call("delete_tags", Tags=named(removed))
    if wanted:
        work.call("create_or_update_tags", Tags=named(wanted))


def _change_target_groups(work: Work) -> None:
    old, new = set(work.old_inputs.get("targetGroupArns", [])), set(work.inputs.get("targetGroupArns", []))
    for verb, arns in (("attach", new - old), ("detach", old - new)):
        if arns:
            method = f"{verb}_load_balancer_target_groups"
            work.call(method, AutoScalingGroupName=work.id, TargetGroupARNs=sorted(arns))


def _collect_metrics(work: Work) -> None:
    old, new = set(work.old_inputs.get("enabledMetrics", [])), set(work.inputs.get("enabledMetrics", []))
    if old - new:
        work.call("disable_metrics_collection", AutoScalingGroupName=work.id, Metrics=sorted(old - new))
    if new - old:
        work.call(
            "enable_metrics_collection",
            AutoScalingGroupName=work.id,
            Metrics=sorted(new - old),
            Granularity=work.get("metricsGranularity"),
        )


def _suspend_processes(work: Work) -> None:
    old, new = set(work.old_inputs.get("suspendedProcesses", [])), set(work.inputs.get("suspendedProcesses", []))
    if old - new:
        work.call("resume_processes", AutoScalingGroupName=work.id, ScalingProcesses=sorted(old - new))
    if new - old:
        work.call("suspend_processes", AutoScalingGroupName=work.id, ScalingProcesses=sorted(new - old))


def _delete(work: Work) -> None:
    """Drain first, so that no instance outlives its group; at once where the program forces it."""
    force = bool(work.get("forceDelete"))
    if not force:
        work.call("update_auto_scaling_group", AutoScalingGroupName=work.id, MinSize=0, MaxSize=0, DesiredCapacity=0)
        await_empty(work)
    work.call("delete_auto_scaling_group", AutoScalingGroupName=work.id, ForceDelete=force)


def _extend(work: Work, model: Model) -> None:
    template = model.get("LaunchTemplate", {})
    template.pop(
        "LaunchTemplateName" if "id" in work.inputs.get("launchTemplate", {"id"}) else "LaunchTemplateId", None
    )
    model |= {
        "Arn": model["AutoScalingGroupARN"],
        "Zones": [zone for zone in model.get("VPCZoneIdentifier", "").split(",") if zone],
        "Metrics": [metric["Metric"] for metric in model.get("EnabledMetrics", [])],
        "Suspended": [process["ProcessName"] for process in model.get("SuspendedProcesses", [])],
    }


def _check(inputs: Properties) -> list[tuple[str, str]]:
    found = []
    if "launchTemplate" not in inputs:
        found.append(("launchTemplate", "is required"))
    least, most, wanted = (inputs.get(name) for name in ("minSize", "maxSize", "desiredCapacity"))
    if isinstance(least, int) and isinstance(most, int) and least > most:
        found.append(("minSize", f"is {least}, more than maxSize, {most}"))
    elif isinstance(wanted, int) and isinstance(least, int) and isinstance(most, int) and not least <= wanted <= most:
        found.append(("desiredCapacity", f"is {wanted}, not between minSize, {least}, and maxSize, {most}"))
    return found


def _steered(local_inputs: tuple[str, ...]) -> dict[str, Input]:
    return {name: local() for name in local_inputs}


_SIMPLE: dict[str, Input] = {
    "minSize": Input(),
    "maxSize": Input(),
    "desiredCapacity": Input(computed=True),
    "vpcZoneIdentifiers": Input(
        api="VPCZoneIdentifier", read="Zones", unordered=True, encode=",".join, decode=lambda zones: zones
    ),
    "launchTemplate": Input(names=_LAUNCH_TEMPLATE_NAMES),
    "healthCheckType": Input(default="EC2"),
    "healthCheckGracePeriod": Input(default=_DEFAULT_GRACE_SECONDS),
    "defaultCooldown": Input(default=300),
    "defaultInstanceWarmup": Input(),
    "terminationPolicies": Input(computed=True),
    "capacityRebalance": Input(default=False),
    "maxInstanceLifetime": Input(default=0),
    "protectFromScaleIn": Input(api="NewInstancesProtectedFromScaleIn", default=False),
    "instanceMaintenancePolicy": Input(),
    "serviceLinkedRoleArn": Input(computed=True),
}

_UPDATE: tuple[tuple[Call | Callable[[Work], None], tuple[str, ...]], ...] = (
    (Call("update_auto_scaling_group", {"AutoScalingGroupName": "{id}"}), tuple(_SIMPLE)),
    (_change_tags, ("tags",)),
    (_change_target_groups, ("targetGroupArns",)),
    (_collect_metrics, ("enabledMetrics", "metricsGranularity")),
    (_suspend_processes, ("suspendedProcesses",)),
    (refresh_instances, ("launchTemplate", "tags", *_SIMPLE)),
)

GROUP = Declaration(
    type="aws:autoscaling/group:Group",
    service="autoscaling",
    fidelity=Fidelity.RUNS,
    behind="starts, checks and replaces machines, and rolls an instance refresh over them; no scaling policies",
    inputs={
        "name": fixed(api="AutoScalingGroupName"),
        "namePrefix": fixed(local=True),
        **_SIMPLE,
        "targetGroupArns": Input(unordered=True),
        "tags": Input(unordered=True, encode=_encode_tags),
        "enabledMetrics": Input(read="Metrics", unordered=True, default=[]),
        "metricsGranularity": Input(default="1Minute", local=True),
        "suspendedProcesses": Input(read="Suspended", unordered=True, default=[]),
        **_steered(
            (
                "forceDelete",
                "ignoreFailedScalingActivities",
                "instanceRefresh",
                "minElbCapacity",
                "waitForElbCapacity",
                "waitForCapacityTimeout",
            )
        ),
    },
    create=Call("create_auto_scaling_group", adjust=_complete),
    id="{name}",
    read=Call("describe_auto_scaling_groups", {"AutoScalingGroupNames": ["{id}"]}, "AutoScalingGroups[0]"),
    updates=tuple(
        Update(call, names, after_create=names[0] in ("enabledMetrics", "suspendedProcesses"))
        for call, names in _UPDATE
    ),
    delete=_delete,
    wait_gone=True,
    settle=await_capacity,
    settle_update=await_capacity,
    extend=_extend,
    check=_check,
    naming=Naming(limit=255),
    time_out=1800,
)

ALL = (GROUP,)
