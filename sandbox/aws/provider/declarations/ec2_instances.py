"""EC2: single instances."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Update, fixed, local
from sandbox.aws.provider.declarations.ec2_network import arn
from sandbox.aws.provider.declarations.ec2_tags import ec2_tagging
from sandbox.aws.provider.declarations.ec2_templates import check_user_data
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties
from sandbox.provider.waiting import WaitError


def _find_instance(work: Work) -> Model | None:
    instance: Model | None = work.find("Reservations[0].Instances[0]", "describe_instances", InstanceIds=[work.id])
    return instance


def _read(work: Work) -> Model | None:
    instance = _find_instance(work)
    return None if instance is None or instance["State"]["Name"] == "terminated" else instance


def _await_state(work: Work, wanted: str) -> None:
    def probe() -> str | None:
        instance = _find_instance(work)
        state = instance["State"]["Name"] if instance else "not there yet"
        if wanted == "running" and state in ("shutting-down", "terminated"):
            reason = (instance or {}).get("StateReason", {}).get("Message", "")
            raise WaitError(f"instance {work.id} is {state}: {reason}")
        return None if state == wanted else state

    work.waiter.until(f"instance {work.id} to be {wanted}", probe)


def _root_volume(instance: Model) -> Model | None:
    mappings = instance.get("BlockDeviceMappings", [])
    root = (mapping["Ebs"] for mapping in mappings if mapping["DeviceName"] == instance.get("RootDeviceName"))
    return next(root, None)


def _extend(work: Work, instance: Model) -> None:
    profile = instance.get("IamInstanceProfile")
    instance |= {
        "Arn": arn(work, f"instance/{work.id}"),
        "Profile": profile["Arn"].rpartition("/")[2] if profile else None,
        "GroupIds": _groups(work, instance),
        "UserData": _attribute(work, "userData"),
        "DisableApiTermination": _attribute(work, "disableApiTermination"),
    }
    volume = _root_volume(instance)
    if volume is not None:
        found = work.find("Volumes[0]", "describe_volumes", VolumeIds=[volume["VolumeId"]])
        instance["RootBlockDevice"] = {**found, **volume, "VolumeSize": found["Size"]}
        instance["VolumeTags"] = found.get("Tags", [])


def _groups(work: Work, instance: Model) -> list[str]:
    """The security groups of the first network interface, which are the instance's own."""
    interfaces = [interface["NetworkInterfaceId"] for interface in instance.get("NetworkInterfaces", [])]
    path = "NetworkInterfaces[0].Groups[].GroupId"
    groups: list[str] = work.find(path, "describe_network_interfaces", NetworkInterfaceIds=interfaces[:1])
    return groups


def _attribute(work: Work, name: str) -> Any:
    answered = work.call("describe_instance_attribute", InstanceId=work.id, Attribute=name)
    return answered.get(name[0].upper() + name[1:], {}).get("Value")


def _decode_user_data(encoded: str) -> str:
    return base64.b64decode(encoded).decode(errors="replace")


def _adjust(work: Work, parameters: Model) -> None:
    """Put together what pulumi-aws has flat and the API nested."""
    parameters |= {"MinCount": 1, "MaxCount": 1}
    if "userDataBase64" in work.inputs:  # boto3 encodes it itself
        parameters["UserData"] = base64.b64decode(work.inputs["userDataBase64"]).decode(errors="surrogateescape")
    if work.get("volumeTags"):
        pairs = [{"Key": key, "Value": value} for key, value in work.inputs["volumeTags"].items()]
        parameters.setdefault("TagSpecifications", []).append({"ResourceType": "volume", "Tags": pairs})
    if "rootBlockDevice" in work.inputs:
        image = work.find("Images[0]", "describe_images", ImageIds=[parameters["ImageId"]])
        device = work.inputs["rootBlockDevice"]
        ebs = {name[0].upper() + name[1:]: value for name, value in device.items() if name != "tags"}
        parameters["BlockDeviceMappings"] = [
            {"DeviceName": (image or {}).get("RootDeviceName", "/dev/xvda"), "Ebs": ebs}
        ]
    if "associatePublicIpAddress" in work.inputs:
        interface: Model = {
            "DeviceIndex": 0,
            "AssociatePublicIpAddress": work.inputs["associatePublicIpAddress"],
            "SubnetId": parameters.pop("SubnetId", None),
            "Groups": parameters.pop("SecurityGroupIds", None),
            "PrivateIpAddress": parameters.pop("PrivateIpAddress", None),
        }
        parameters["NetworkInterfaces"] = [{name: value for name, value in interface.items() if value is not None}]


def _change_stopped(work: Work) -> None:
    """Type and user data change only while the instance is stopped."""
    work.call("stop_instances", InstanceIds=[work.id])
    _await_state(work, "stopped")
    if "instanceType" in work.changed:
        work.call("modify_instance_attribute", InstanceId=work.id, InstanceType={"Value": work.inputs["instanceType"]})
    if {"userData", "userDataBase64"} & work.changed:
        text = work.get("userData", "").encode() or base64.b64decode(work.get("userDataBase64", ""))
        work.call("modify_instance_attribute", InstanceId=work.id, UserData={"Value": text})
    work.call("start_instances", InstanceIds=[work.id])
    _await_state(work, "running")


def _change_metadata_options(work: Work) -> None:
    options = {name[0].upper() + name[1:]: value for name, value in work.get("metadataOptions", {}).items()}
    work.call("modify_instance_metadata_options", InstanceId=work.id, **options)


def _change_profile(work: Work) -> None:
    association = work.find(
        "IamInstanceProfileAssociations[0].AssociationId",
        "describe_iam_instance_profile_associations",
        Filters=[{"Name": "instance-id", "Values": [work.id]}],
    )
    if association:
        work.call("disassociate_iam_instance_profile", AssociationId=association)
    if work.get("iamInstanceProfile"):
        profile = {"Name": work.inputs["iamInstanceProfile"]}
        work.call("associate_iam_instance_profile", InstanceId=work.id, IamInstanceProfile=profile)


def _change_attributes(work: Work) -> None:
    if "vpcSecurityGroupIds" in work.changed:
        work.call("modify_instance_attribute", InstanceId=work.id, Groups=work.inputs["vpcSecurityGroupIds"])
    if "disableApiTermination" in work.changed:
        protected = {"Value": work.get("disableApiTermination")}
        work.call("modify_instance_attribute", InstanceId=work.id, DisableApiTermination=protected)
    if "monitoring" in work.changed:
        work.call("monitor_instances" if work.get("monitoring") else "unmonitor_instances", InstanceIds=[work.id])


def _change_root_volume(work: Work) -> None:
    volume = work.state["rootBlockDevice"]["volumeId"]
    device = work.inputs["rootBlockDevice"]
    names = {"volumeSize": "Size", "volumeType": "VolumeType", "iops": "Iops", "throughput": "Throughput"}
    work.call("modify_volume", VolumeId=volume, **{names[name]: device[name] for name in names if name in device})


def _change_volume_tags(work: Work) -> None:
    volumes = [work.state["rootBlockDevice"]["volumeId"]]
    old, new = work.old_inputs.get("volumeTags", {}), work.inputs.get("volumeTags", {})
    removed = [{"Key": key} for key in old if key not in new]
    if removed:
        work.call("delete_tags", Resources=volumes, Tags=removed)
    work.call("create_tags", Resources=volumes, Tags=[{"Key": key, "Value": value} for key, value in new.items()])


def _replaces(old: Properties, new: Properties) -> set[str]:
    found = set()
    if new.get("userDataReplaceOnChange"):
        found |= {name for name in ("userData", "userDataBase64") if old.get(name) != new.get(name)}
    devices = [inputs.get("rootBlockDevice", {}) for inputs in (old, new)]
    if any(devices[0].get(name) != devices[1].get(name) for name in ("encrypted", "kmsKeyId")):
        found.add("rootBlockDevice")
    return found


def _check(inputs: Properties) -> list[tuple[str, str]]:
    if "ami" not in inputs:
        return [("ami", "is required")]
    return check_user_data(inputs, encoded=False) + check_user_data(inputs, "userDataBase64")


_METADATA_OPTIONS = (
    "httpEndpoint",
    "httpTokens",
    "httpPutResponseHopLimit",
    "httpProtocolIpv6",
    "instanceMetadataTags",
)

INSTANCE = Declaration(
    type="aws:ec2/instance:Instance",
    service="ec2",
    fidelity=Fidelity.RUNS,
    behind="a process forked for it at an address of its own; no kernel, disk, or metadata service",
    inputs={
        "ami": fixed(api="ImageId"),
        "instanceType": Input(),
        "availabilityZone": fixed(api="Placement.AvailabilityZone", computed=True),
        "subnetId": fixed(computed=True),
        "privateIp": fixed(api="PrivateIpAddress", computed=True),
        "associatePublicIpAddress": fixed(write_only=True),
        "vpcSecurityGroupIds": Input(api="SecurityGroupIds", read="GroupIds", unordered=True, computed=True),
        "iamInstanceProfile": Input(api="IamInstanceProfile.Name", read="Profile"),
        "keyName": fixed(),
        "userData": Input(decode=_decode_user_data),
        "userDataBase64": Input(write_only=True),
        "userDataReplaceOnChange": local(),
        "metadataOptions": Input(
            spread={
                name: f"MetadataOptions.{name[0].upper()}{name[1:]}"
                for name in (
                    "httpEndpoint",
                    "httpTokens",
                    "httpPutResponseHopLimit",
                    "httpProtocolIpv6",
                    "instanceMetadataTags",
                )
            },
            computed=True,
        ),
        "rootBlockDevice": Input(computed=True),
        "volumeTags": Input(),
        "ebsOptimized": fixed(default=False),
        "monitoring": Input(api="Monitoring.Enabled", write_only=True),
        "disableApiTermination": Input(default=False),
        "instanceInitiatedShutdownBehavior": fixed(write_only=True),
    },
    create=Call("run_instances", result="Instances[0].InstanceId", adjust=_adjust),
    read=_read,
    updates=(
        Update(_change_stopped, ("instanceType", "userData", "userDataBase64"), after_create=False),
        Update(_change_attributes, ("vpcSecurityGroupIds", "disableApiTermination", "monitoring"), after_create=False),
        Update(_change_metadata_options, ("metadataOptions",), after_create=False),
        Update(_change_profile, ("iamInstanceProfile",), after_create=False),
        Update(_change_root_volume, ("rootBlockDevice",), after_create=False),
        Update(_change_volume_tags, ("volumeTags",), after_create=False),
    ),
    delete=Call("terminate_instances", {"InstanceIds": ["{id}"]}),
    settle=lambda work: _await_state(work, "running"),
    wait_gone=True,
    extend=_extend,
    outputs={
        "publicIp": "PublicIpAddress",
        "publicDns": "PublicDnsName",
        "privateDns": "PrivateDnsName",
        "instanceState": "State.Name",
        "securityGroups": "SecurityGroups[].GroupName",
        "primaryNetworkInterfaceId": "NetworkInterfaces[0].NetworkInterfaceId",
    },
    replaces=_replaces,
    check=_check,
    tagging=ec2_tagging("instance"),
)

ALL = (INSTANCE,)
