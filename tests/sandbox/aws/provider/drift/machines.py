"""What somebody changes in machines, and in what makes them."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.cloud import Cloud
from tests.sandbox.aws.provider.drift.changes import Change, Changes, call, ec2_tags, gone
from tests.sandbox.aws.provider.drift.site import DriftSite
from tests.sandbox.provider.engine_driver import Resource


def move_default_version(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    new_version(cloud, made, site)
    cloud.call("ec2", "modify_launch_template", LaunchTemplateId=made.id, DefaultVersion="2")


def new_version(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    data = {"ImageId": made.state["imageId"], "InstanceType": "t3.large"}
    cloud.call("ec2", "create_launch_template_version", LaunchTemplateId=made.id, LaunchTemplateData=data)


def group_tags(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    of_group = {"ResourceId": made.id, "ResourceType": "auto-scaling-group"}
    cloud.call(
        "autoscaling",
        "create_or_update_tags",
        Tags=[{**of_group, "Key": "by", "Value": "hand", "PropagateAtLaunch": True}],
    )


def group_version(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    new_version(cloud, site.template, site)
    template = {"LaunchTemplateId": site.template.id, "Version": "2"}
    cloud.call("autoscaling", "update_auto_scaling_group", AutoScalingGroupName=made.id, LaunchTemplate=template)


def group(**settings: Any) -> Change:
    return call("autoscaling", "update_auto_scaling_group", of="AutoScalingGroupName", **settings)


def loosen_sessions(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    """As the console does: a new version, made the default."""
    version = cloud.call(
        "ssm", "update_document", Name=made.id, Content='{"schemaVersion": "1.0"}', DocumentVersion="$LATEST"
    )["DocumentDescription"]["DocumentVersion"]
    cloud.call("ssm", "update_document_default_version", Name=made.id, DocumentVersion=version)


def machine_attribute(**settings: Any) -> Change:
    return call("ec2", "modify_instance_attribute", of="InstanceId", **settings)


CHANGES: Changes = {
    "ec2/launchTemplate:LaunchTemplate": [
        ("defaultVersion", move_default_version),
        ("defaultVersion", new_version),
        ("instanceType", new_version),
        ("tags", ec2_tags),
    ],
    "ec2/instance:Instance": [
        ("disableApiTermination", machine_attribute(DisableApiTermination={"Value": True})),
        (None, lambda cloud, made, _site: cloud.call("ec2", "terminate_instances", InstanceIds=[made.id])),
        ("tags", ec2_tags),
    ],
    "autoscaling/group:Group": [
        ("maxSize", group(MaxSize=2)),
        ("desiredCapacity", group(MaxSize=2, DesiredCapacity=2)),
        ("healthCheckType", group(HealthCheckType="EC2")),
        ("launchTemplate", group_version),
        (
            "targetGroupArns",
            lambda cloud, made, site: cloud.call(
                "autoscaling",
                "detach_load_balancer_target_groups",
                AutoScalingGroupName=made.id,
                TargetGroupARNs=[site.target_group],
            ),
        ),
        (
            "suspendedProcesses",
            call("autoscaling", "suspend_processes", of="AutoScalingGroupName", ScalingProcesses=["Launch"]),
        ),
        ("tags", group_tags),
    ],
    "ssm/document:Document": [
        ("content", loosen_sessions),
        (None, gone("ssm", "delete_document", Name="id")),
        (
            "tags",
            call(
                "ssm",
                "add_tags_to_resource",
                of="ResourceId",
                ResourceType="Document",
                Tags=[{"Key": "by", "Value": "hand"}],
            ),
        ),
    ],
}
