from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox

Eventually = Callable[[Callable[[], bool]], None]


def test_instances_are_spread_over_all_subnets(make_fleet: Any) -> None:
    fleet = make_fleet(40)
    zones = Counter(instance["AvailabilityZone"] for instance in fleet.instances())
    assert sorted(zones.values()) == [13, 13, 14]


def test_the_launch_template_reaches_the_instances(make_fleet: Any) -> None:
    fleet = make_fleet(1)
    instance_id = fleet.instances()[0]["InstanceId"]
    instance = fleet.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert [group["GroupId"] for group in instance["SecurityGroups"]] == [fleet.security_group]
    assert tags["Name"] == fleet.name
    assert tags["service"] == "portal"
    assert tags["aws:autoscaling:groupName"] == fleet.name


def test_the_instance_profile_of_the_template_reaches_the_instances(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(1)
    iam = cloud.client("iam")
    profile = iam.create_instance_profile(InstanceProfileName="vm")["InstanceProfile"]["Arn"]
    fleet.ec2.create_launch_template_version(
        LaunchTemplateId=fleet.template,
        SourceVersion="1",
        LaunchTemplateData={"IamInstanceProfile": {"Arn": profile}},
    )
    fleet.auto_scaling.update_auto_scaling_group(
        AutoScalingGroupName=fleet.name,
        LaunchTemplate={"LaunchTemplateId": fleet.template, "Version": "2"},
        MinSize=2,
        MaxSize=2,
    )
    profiles = [
        one["instance_profile_arn"]
        for one in cloud.ask("snapshot")["instances"]
        if one["auto_scaling_group"] == fleet.name
    ]
    assert profiles == [None, profile]


def test_an_instance_has_the_volumes_of_the_template_alone(make_fleet: Any) -> None:
    fleet = make_fleet(0)
    name = "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64"
    image = fleet.ec2.describe_images(Filters=[{"Name": "name", "Values": [name]}])["Images"][0]["ImageId"]
    root = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "VolumeType": "gp3", "Encrypted": True}}
    fleet.ec2.create_launch_template_version(
        LaunchTemplateId=fleet.template,
        SourceVersion="1",
        LaunchTemplateData={"ImageId": image, "BlockDeviceMappings": [root]},
    )
    fleet.auto_scaling.update_auto_scaling_group(
        AutoScalingGroupName=fleet.name,
        LaunchTemplate={"LaunchTemplateId": fleet.template, "Version": "2"},
        MinSize=1,
        MaxSize=1,
    )
    instance = fleet.instances()[0]["InstanceId"]
    attached = [{"Name": "attachment.instance-id", "Values": [instance]}]
    [volume] = fleet.ec2.describe_volumes(Filters=attached)["Volumes"]
    assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 8)
    fleet.ec2.terminate_instances(InstanceIds=[instance])
    assert volume["VolumeId"] not in [one["VolumeId"] for one in fleet.ec2.describe_volumes()["Volumes"]]


def test_a_later_template_version_carries_its_user_data(cloud: Any, make_fleet: Any) -> None:
    fleet = make_fleet(1)
    fleet.use_new_version()
    fleet.resize(2)
    snapshot = cloud.ask("snapshot")
    own = [one for one in snapshot["instances"] if one["auto_scaling_group"] == fleet.name]
    assert [snapshot["user_data"][one["user_data_sha256"]] for one in own] == ["first", "second"]
    assert [one["LaunchTemplate"]["Version"] for one in fleet.instances()] == ["1", "2"]


def test_instances_are_registered_with_the_target_group(make_fleet: Any) -> None:
    fleet = make_fleet(3)
    assert set(fleet.health()) == {instance["InstanceId"] for instance in fleet.instances()}


def test_scale_in_keeps_the_zones_in_balance(make_fleet: Any) -> None:
    fleet = make_fleet(9)
    fleet.resize(4)
    zones = Counter(instance["AvailabilityZone"] for instance in fleet.instances())
    assert sorted(zones.values()) == [1, 1, 2]


def test_an_instance_runs_on_until_its_targets_have_drained(
    cloud: Any, make_fleet: Any, eventually: Eventually
) -> None:
    fleet = make_fleet(2)
    cloud.tell_health(fleet.target_group, "healthy")
    fleet.resize(1)
    [leaving] = fleet.instances("Terminating")
    assert fleet.health()[leaving["InstanceId"]] == "draining"
    states = {one["id"]: one["state"] for one in cloud.ask("snapshot")["instances"]}
    assert states[leaving["InstanceId"]] == "running"

    cloud.tell_health(fleet.target_group, "unused", targets=[leaving["InstanceId"]])
    eventually(lambda: not fleet.instances("Terminating"))
    assert list(fleet.health().values()) == ["healthy"]
    states = {one["id"]: one["state"] for one in cloud.ask("snapshot")["instances"]}
    assert states[leaving["InstanceId"]] == "terminated"


def test_an_instance_ended_through_ec2_is_replaced(make_fleet: Any) -> None:
    fleet = make_fleet(3)
    ended = fleet.instances()[0]["InstanceId"]
    fleet.ec2.terminate_instances(InstanceIds=[ended])
    present = {instance["InstanceId"] for instance in fleet.instances()}
    assert len(present) == 3
    assert ended not in present
    assert set(fleet.health()) == present


def test_an_instance_that_the_balancer_finds_unhealthy_is_replaced(
    cloud: Any, make_fleet: Any, eventually: Eventually
) -> None:
    fleet = make_fleet(3)
    cloud.tell_health(fleet.target_group, "healthy")
    ill = fleet.instances()[0]["InstanceId"]
    cloud.tell_health(fleet.target_group, "unhealthy", targets=[ill])
    eventually(lambda: ill not in {instance["InstanceId"] for instance in fleet.described()["Instances"]})
    assert len(fleet.instances()) == 3


def test_a_group_with_instances_is_deleted_only_by_force(make_fleet: Any) -> None:
    fleet = make_fleet(2)
    with pytest.raises(ClientError, match="ResourceInUse"):
        fleet.auto_scaling.delete_auto_scaling_group(AutoScalingGroupName=fleet.name)
    fleet.auto_scaling.delete_auto_scaling_group(AutoScalingGroupName=fleet.name, ForceDelete=True)
    assert fleet.health() == {}


def test_a_second_group_of_the_same_name_is_refused(make_fleet: Any) -> None:
    fleet = make_fleet(1)
    with pytest.raises(ClientError, match="AlreadyExists"):
        fleet.auto_scaling.create_auto_scaling_group(
            AutoScalingGroupName=fleet.name,
            MinSize=1,
            MaxSize=1,
            LaunchTemplate={"LaunchTemplateId": fleet.template},
            VPCZoneIdentifier=fleet.subnets[0],
        )
