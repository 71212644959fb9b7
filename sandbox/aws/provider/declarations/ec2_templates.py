"""EC2: launch templates, of which every change is a new version."""

from __future__ import annotations

from dataclasses import replace

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Update, fixed, local
from sandbox.aws.provider.declarations.ec2_network import arn
from sandbox.aws.provider.declarations.ec2_tags import ec2_tagging
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html: raw, before base64
USER_DATA_LIMIT = 16 * 1024

_DATA: dict[str, Input] = {
    name: Input(api=f"LaunchTemplateData.{api}", names={"securityGroups": "Groups"})
    for name, api in {
        "blockDeviceMappings": "BlockDeviceMappings",
        "creditSpecification": "CreditSpecification",
        "cpuOptions": "CpuOptions",
        "disableApiStop": "DisableApiStop",
        "disableApiTermination": "DisableApiTermination",
        "ebsOptimized": "EbsOptimized",
        "iamInstanceProfile": "IamInstanceProfile",
        "imageId": "ImageId",
        "instanceInitiatedShutdownBehavior": "InstanceInitiatedShutdownBehavior",
        "instanceMarketOptions": "InstanceMarketOptions",
        "instanceType": "InstanceType",
        "keyName": "KeyName",
        "maintenanceOptions": "MaintenanceOptions",
        "metadataOptions": "MetadataOptions",
        "monitoring": "Monitoring",
        "networkInterfaces": "NetworkInterfaces",
        "placement": "Placement",
        "privateDnsNameOptions": "PrivateDnsNameOptions",
        "tagSpecifications": "TagSpecifications",
        "userData": "UserData",
    }.items()
} | {"vpcSecurityGroupIds": Input(api="LaunchTemplateData.SecurityGroupIds", unordered=True)}

_VERSION_INPUTS = (*_DATA, "description")


def check_user_data(
    inputs: dict[str, object], name: str = "userData", *, encoded: bool = True
) -> list[tuple[str, str]]:
    """Whether the user data fits; what EC2 counts is the text before base64."""
    text = inputs.get(name)
    if not isinstance(text, str):
        return []
    size = len(text.rstrip("=")) * 3 // 4 if encoded else len(text.encode())
    return [(name, f"has {size} bytes, and EC2 takes {USER_DATA_LIMIT}")] if size > USER_DATA_LIMIT else []


def _extend(work: Work, model: Model) -> None:
    latest = work.find(
        "LaunchTemplateVersions[0]",
        "describe_launch_template_versions",
        LaunchTemplateId=work.id,
        Versions=["$Latest"],
    )
    data = latest["LaunchTemplateData"]
    specifications = data.get("TagSpecifications", [])
    # The template's own tags belong to the template, not to what it launches.
    data["TagSpecifications"] = [item for item in specifications if item["ResourceType"] != "launch-template"]
    model |= {
        "Arn": arn(work, f"launch-template/{work.id}"),
        "LaunchTemplateData": data,
        "VersionDescription": latest.get("VersionDescription"),
        "Name": model["LaunchTemplateName"],
        "DefaultVersionIfSet": _default_version(work, model),
    }


def _default_version(work: Work, model: Model) -> int | None:
    """The default version where the program sets it, or where it follows the latest and somebody has moved it."""
    default: int = model["DefaultVersionNumber"]
    if "defaultVersion" in work.inputs:
        return default
    follows_latest = work.get("updateDefaultVersion") or not work.inputs
    moved = default != model["LatestVersionNumber"] or default != work.state.get("defaultVersion", default)
    return default if follows_latest and moved else None


def _change_default(work: Work) -> None:
    latest = work.find(
        "LaunchTemplates[0].LatestVersionNumber", "describe_launch_templates", LaunchTemplateIds=[work.id]
    )
    wanted = latest if work.get("updateDefaultVersion") else work.get("defaultVersion")
    if wanted:
        work.call("modify_launch_template", LaunchTemplateId=work.id, DefaultVersion=str(wanted))


def _volatile(work: Work) -> set[str]:
    if not work.changed & set(_VERSION_INPUTS):
        return set()
    return {"latestVersion", "defaultVersion"} if work.get("updateDefaultVersion") else {"latestVersion"}


LAUNCH_TEMPLATE = Declaration(
    type="aws:ec2/launchTemplate:LaunchTemplate",
    service="ec2",
    fidelity=Fidelity.RUNS,
    behind="its user data decides what a machine's process runs; image, type and disks start nothing",
    inputs={
        "name": fixed(api="LaunchTemplateName"),
        "namePrefix": fixed(local=True),
        "description": Input(api="VersionDescription"),
        "defaultVersion": Input(read="DefaultVersionIfSet", default=0),
        "updateDefaultVersion": local(),
        **_DATA,
    },
    create=Call(
        "create_launch_template",
        result="LaunchTemplate.LaunchTemplateId",
        adjust=lambda _work, parameters: parameters.setdefault("LaunchTemplateData", {}),
    ),
    read=Call("describe_launch_templates", {"LaunchTemplateIds": ["{id}"]}, "LaunchTemplates[0]"),
    updates=(
        Update(
            Call(
                "create_launch_template_version",
                {"LaunchTemplateId": "{id}"},
                adjust=lambda _work, parameters: parameters.setdefault("LaunchTemplateData", {}),
            ),
            _VERSION_INPUTS,
        ),
        Update(_change_default, (*_VERSION_INPUTS, "defaultVersion", "updateDefaultVersion"), after_create=False),
    ),
    delete=Call("delete_launch_template", {"LaunchTemplateId": "{id}"}),
    extend=_extend,
    outputs={"latestVersion": "LatestVersionNumber", "defaultVersion": "DefaultVersionNumber"},
    volatile=_volatile,
    check=check_user_data,
    conflicts=(("defaultVersion", "updateDefaultVersion"),),
    naming=Naming(limit=125),
    # moto 5.2.5 answers the tags of a template's creation in DescribeLaunchTemplates, whatever becomes of them.
    tagging=replace(
        ec2_tagging("launch-template"),
        read=Call("describe_tags", {"Filters": [{"Name": "resource-id", "Values": ["{id}"]}]}, "Tags"),
    ),
)

ALL = (LAUNCH_TEMPLATE,)
