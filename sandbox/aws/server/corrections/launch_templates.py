"""Launch templates: every version is usable, and all of it reaches the instances.

moto 5.2.5: `CreateLaunchTemplateVersion` keeps UserData as the plain string it came as, so that an Auto Scaling group
on such a version fails with an AssertionError; it ignores SourceVersion. Of a template's data, `RunInstances` and
Auto Scaling pass on image, type, key, user data, security groups and instance tags, but not the instance profile, the
metadata options, the monitoring flag, the volume tags or the security groups of its network interfaces; and beside the
template's volumes each instance gets an unencrypted default one.
"""

from __future__ import annotations

from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.models.instances import InstanceBackend, Reservation
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import convert_tag_spec, parse_user_data

from sandbox.aws.server.corrections.patching import replace

_upstream_create_version = LaunchTemplate.create_version
_upstream_create_launch_template_version = LaunchTemplates.create_launch_template_version
_upstream_run_instances = InstanceBackend.run_instances


def apply() -> None:
    replace(LaunchTemplate, create_version=_create_version)
    replace(LaunchTemplates, create_launch_template_version=_create_launch_template_version)
    replace(InstanceBackend, run_instances=_run_instances)


def _create_version(template: LaunchTemplate, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
    if not isinstance(data.get("UserData"), Base64EncodedString | None):
        data["UserData"] = parse_user_data(data["UserData"])
    return _upstream_create_version(template, data, description)


def _create_launch_template_version(response: LaunchTemplates) -> Any:
    source = response._get_param("SourceVersion")  # noqa: SLF001 - moto's way to read a request
    if source is not None:
        name, identifier = response._get_param("LaunchTemplateName"), response._get_param("LaunchTemplateId")  # noqa: SLF001
        backend = response.ec2_backend
        template = backend.get_launch_template(identifier) if identifier else backend.get_launch_template_by_name(name)
        given = response._get_param("LaunchTemplateData", {})  # noqa: SLF001
        response.params["LaunchTemplateData"] = {**template.get_version(source).data, **given}
    return _upstream_create_launch_template_version(response)


def _run_instances(
    backend: InstanceBackend,
    image_id: str,
    count: int,
    user_data: Base64EncodedString | None,
    security_group_names: list[str],
    **kwargs: Any,
) -> Reservation:
    data: dict[str, Any] = {}
    if kwargs.get("launch_template"):
        data = backend._get_template_from_args(kwargs["launch_template"]).data  # noqa: SLF001
        image = backend.amis.get(image_id or data.get("ImageId", ""))  # type: ignore[attr-defined]
        _take_over(data, kwargs, root_device=image.root_device_name if image else None)
    reservation = _upstream_run_instances(backend, image_id, count, user_data, security_group_names, **kwargs)
    profile = data.get("IamInstanceProfile")
    if profile and not (kwargs.get("iam_instance_profile_name") or kwargs.get("iam_instance_profile_arn")):
        for instance in reservation.instances:
            backend.associate_iam_instance_profile(  # type: ignore[attr-defined]
                instance.id,
                iam_instance_profile_name=profile.get("Name"),
                iam_instance_profile_arn=profile.get("Arn"),
            )
    return reservation


def _volume(mapping: dict[str, Any], root_device: str | None) -> dict[str, Any]:
    """The root volume goes with its instance unless the mapping says otherwise, as the image has it."""
    return {**mapping, "Ebs": {"DeleteOnTermination": mapping["DeviceName"] == root_device, **mapping.get("Ebs", {})}}


def _take_over(data: dict[str, Any], kwargs: dict[str, Any], root_device: str | None) -> None:
    """Fill in what the request itself leaves open with what the template's data says."""
    kwargs["metadata_options"] = {**data.get("MetadataOptions", {}), **kwargs.get("metadata_options", {})}
    if "BlockDeviceMappings" in data and "block_device_mappings" not in kwargs:
        kwargs["block_device_mappings"] = [_volume(mapping, root_device) for mapping in data["BlockDeviceMappings"]]
    if data.get("Monitoring", {}).get("Enabled"):
        kwargs["monitoring_state"] = "enabled"
    interface_groups = [group for nic in data.get("NetworkInterfaces", []) for group in nic.get("Groups", [])]
    if interface_groups and not kwargs.get("security_group_ids"):
        kwargs["security_group_ids"] = interface_groups
    volume_tags = convert_tag_spec(data.get("TagSpecifications", [])).get("volume", {})
    tags = kwargs.setdefault("tags", {})
    tags["volume"] = {**volume_tags, **tags.get("volume", {})}
