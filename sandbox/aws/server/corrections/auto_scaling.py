"""Auto Scaling groups: instances over all subnets, of the version asked for, in and out of the target groups in order.

moto 5.2.5: all instances go to the first subnet; they get the tags of the template's default version and report it
whatever version the group names; scale-in takes the first instances whatever their zone, ends them at once, and leaves
them in their target groups; so does deletion, which also needs no ForceDelete; the replacement of an instance ended
through EC2 is not registered with the target groups; nothing replaces an unhealthy instance; a second group of the
same name takes the first one's place, whose instances stay; a grace period of 0 becomes one of 300 seconds.

Here an instance that leaves is `Terminating` until its targets have drained, and ended then (`advance`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    TerminateInstanceActivity,
)
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.elbv2.models import FakeTargetGroup

from sandbox.aws.server.corrections.patching import replace
from sandbox.aws.server.corrections.placement import spread, surplus
from sandbox.aws.server.corrections.target_groups import draining_targets, reported

_upstream_set_desired_capacity = FakeAutoScalingGroup.set_desired_capacity
_upstream_create = AutoScalingBackend.create_auto_scaling_group
_upstream_delete = AutoScalingResponse.delete_auto_scaling_group
_upstream_launch_template = InstanceState.launch_template

_started = utcnow()
"""No instance is replaced for its health sooner after this than its group's grace period: nobody has looked before."""


def apply() -> None:
    replace(
        FakeAutoScalingGroup,
        replace_autoscaling_group_instances=_launch,
        set_desired_capacity=_set_desired_capacity,
    )
    replace(
        AutoScalingBackend,
        create_auto_scaling_group=_create,
        update_attached_target_groups=_register_targets,
        notify_terminate_instances=_replace_terminated,
        terminate_instance=_terminate_instance,
    )
    replace(AutoScalingResponse, delete_auto_scaling_group=_delete)
    replace(InstanceState, launch_template=property(_launch_template))


def launch(group: FakeAutoScalingGroup, count: int, leaving: Collection[str] = ()) -> None:
    """Start `count` instances, spread over the group's subnets and registered with its target groups.

    leaving: the ids of instances that will go, which therefore don't count when the new ones are spread.
    """
    template = group.ec2_launch_template
    version = launch_template_version(group)
    subnets = group.vpc_zone_identifier.split(",") if group.vpc_zone_identifier else []
    staying = [state.instance for state in group.active_instances() if state.instance_id not in leaving]
    for subnet_id, number in spread(subnets, [str(instance.subnet_id) for instance in staying], count).items():
        reservation = group.ec2_backend.run_instances(
            group.image_id,
            number,
            group.user_data,
            group.security_groups,
            instance_type=group.instance_type,
            tags={"instance": {**group.get_propagated_tags(), **group.instance_tags, ASG_NAME_TAG: group.name}},
            launch_config=group.launch_config,
            launch_template={"LaunchTemplateId": template.id, "Version": str(version)} if template else None,
            is_instance_type_default=False,
            associate_public_ip=group.launch_config.associate_public_ip_address if group.launch_config else None,
            subnet_id=subnet_id,
            region_name=group.region,
        )
        for instance in reservation.instances:
            instance.autoscaling_group = group  # type: ignore[attr-defined]
            state = InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)
            state.__dict__["launched_version"] = version
            group.instance_states.append(state)
    if group.name in group.autoscaling_backend.autoscaling_groups:  # else it is being created, and registers them then
        group.autoscaling_backend.update_attached_target_groups(group.name)


def retire(group: FakeAutoScalingGroup, states: Iterable[InstanceState]) -> None:
    """Take instances out of service: they are ended once their targets have drained."""
    leaving = list(states)
    for state in leaving:
        state.lifecycle_state = "Terminating"
    for target_group in target_groups_of(group):
        targets = [{"Id": state.instance_id} for state in leaving if state.instance_id in target_group.targets]
        target_group.deregister(targets)


def target_groups_of(group: FakeAutoScalingGroup) -> list[FakeTargetGroup]:
    """The target groups that the group's instances are registered with; one that was deleted since is left out."""
    known = group.autoscaling_backend.elbv2_backend.target_groups
    return [known[arn] for arn in group.target_group_arns if arn in known]


def launch_template_version(group: FakeAutoScalingGroup) -> int | None:
    """The number of the template version that the group launches from now (`$Latest` and `$Default` worked out)."""
    template = group.ec2_launch_template
    return template.get_version(group.launch_template_version).number if template else None


def reported_state(target_group: FakeTargetGroup, state: InstanceState) -> str:
    """What the data plane says of an instance as a target of this group."""
    target = target_group.targets.get(state.instance_id)
    return reported(target_group, target).state if target else "unused"


def is_unhealthy(group: FakeAutoScalingGroup, state: InstanceState) -> bool:
    """Whether an instance has been found unhealthy, by the load balancer too where the group asks it."""
    watched = target_groups_of(group) if group.health_check_type == "ELB" else []
    found = any(reported_state(target_group, state) == "unhealthy" for target_group in watched)
    return found or state.health_status == "Unhealthy"


def advance(backend: AutoScalingBackend) -> bool:
    """End what has drained and replace what is unhealthy, as Auto Scaling does on its own. Whether anything changed."""
    changed = False
    for group in list(backend.autoscaling_groups.values()):
        drained = list(_drained(group))
        if drained:
            _end(group, drained)
        unhealthy = list(_replaceable(group))
        if unhealthy:
            retire(group, unhealthy)
            _make_up(group)
        changed = changed or bool(drained or unhealthy)
    return changed


def _make_up(group: FakeAutoScalingGroup) -> None:
    """Launch what is missing. What an instance refresh has on top of the desired number is its own business."""
    missing = (group.desired_capacity or 0) - len(group.active_instances())
    if missing > 0:
        launch(group, missing)


def _create(backend: AutoScalingBackend, name: str, **settings: Any) -> FakeAutoScalingGroup:
    if name in backend.autoscaling_groups:
        raise AutoscalingClientError(
            "AlreadyExists",
            f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
        )
    group = _upstream_create(backend, name, **settings)
    group.health_check_grace_period = settings["health_check_period"] or 0
    return group


def _launch(group: FakeAutoScalingGroup, count: int, _: dict[str, str]) -> None:
    launch(group, count)


def _set_desired_capacity(group: FakeAutoScalingGroup, new_capacity: int | None) -> None:
    if group.mixed_instances_policy:
        _upstream_set_desired_capacity(group, new_capacity)
        return
    group.desired_capacity = group.min_size if new_capacity is None else new_capacity
    missing = (group.desired_capacity or 0) - len(group.active_instances())
    if missing > 0:
        launch(group, missing)
    elif missing < 0:
        retire(group, _scale_in_choice(group, -missing))


def _scale_in_choice(group: FakeAutoScalingGroup, count: int) -> list[InstanceState]:
    """AWS's default policy: from the fullest zone, the instances of an outdated template first, then the oldest."""
    version = launch_template_version(group)
    unprotected = [state for state in group.active_instances() if not state.protected_from_scale_in]
    unprotected.sort(key=lambda state: (launched_version(state) == version, state.instance.launch_time))
    chosen = set(surplus([(state.instance_id, str(state.availability_zone)) for state in unprotected], count))
    return [state for state in unprotected if state.instance_id in chosen]


def launched_version(state: InstanceState) -> int | None:
    """The number of the template version that an instance was launched from."""
    version: int | None = state.__dict__.get("launched_version")
    return version


def _launch_template(state: InstanceState) -> dict[str, Any] | None:
    upstream: dict[str, Any] | None = _upstream_launch_template.__get__(state)
    version = launched_version(state)
    return {**upstream, "Version": str(version)} if upstream and version else upstream


def _register_targets(backend: AutoScalingBackend, group_name: str) -> None:
    group = backend.autoscaling_groups[group_name]
    instance_ids = [state.instance_id for state in group.active_instances()]
    for target_group in target_groups_of(group):
        new = [{"Id": identifier, "Port": target_group.port} for identifier in instance_ids]
        target_group.register([target for target in new if target["Id"] not in target_group.targets])


def _replace_terminated(backend: AutoScalingBackend, instance_ids: Sequence[str]) -> None:
    """EC2 has ended these instances: each group makes up for its own."""
    ended = set(instance_ids)
    for group in backend.autoscaling_groups.values():
        own = [state for state in group.instance_states if state.instance_id in ended]
        group.instance_states = [state for state in group.instance_states if state.instance_id not in ended]
        if any(state.lifecycle_state == "InService" for state in own):
            _make_up(group)


def _terminate_instance(
    backend: AutoScalingBackend, instance_id: str, should_decrement: bool
) -> TerminateInstanceActivity:
    group, state = next(
        (group, state)
        for group in backend.autoscaling_groups.values()
        for state in group.instance_states
        if state.instance_id == instance_id
    )
    capacity = group.desired_capacity or 0
    retire(group, [state])
    group.set_desired_capacity(capacity - 1 if should_decrement else capacity)
    return TerminateInstanceActivity(state.instance, capacity)


def _end(group: FakeAutoScalingGroup, states: Sequence[InstanceState]) -> None:
    ids = [state.instance_id for state in states]
    group.instance_states = [state for state in group.instance_states if state.instance_id not in ids]
    group.ec2_backend.terminate_instances(ids)
    group.autoscaling_backend.elbv2_backend.notify_terminate_instances(ids)


def _delete(response: AutoScalingResponse) -> ActionResult:
    backend = response.autoscaling_backend
    group = backend.autoscaling_groups.get(response._get_param("AutoScalingGroupName"))  # noqa: SLF001 - moto's way
    if group is not None:
        if group.instance_states and not response._get_bool_param("ForceDelete", False):  # noqa: SLF001
            raise AutoscalingClientError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group.",
            )
        if group.instance_states:
            _end(group, group.instance_states)
    return _upstream_delete(response)


def _drained(group: FakeAutoScalingGroup) -> Iterator[InstanceState]:
    draining = {identifier for target_group in target_groups_of(group) for identifier in draining_targets(target_group)}
    for state in group.instance_states:
        if state.lifecycle_state == "Terminating" and state.instance_id not in draining:
            yield state


def _replaceable(group: FakeAutoScalingGroup) -> Iterator[InstanceState]:
    if "ReplaceUnhealthy" in [process["ProcessName"] for process in group.suspended_processes]:
        return
    grace = timedelta(seconds=int(group.health_check_grace_period or 0))
    now = utcnow()
    for state in group.active_instances():
        if state.instance.state != "running":
            state.health_status = "Unhealthy"
        if is_unhealthy(group, state) and now - max(state.instance.launch_time, _started) > grace:
            state.health_status = "Unhealthy"
        if state.health_status == "Unhealthy":
            yield state
