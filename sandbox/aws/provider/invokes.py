"""The functions of pulumi-aws that ask the cloud something without making anything."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from sandbox.aws.provider.casing import normalised
from sandbox.aws.provider.cloud import Cloud
from sandbox.provider.values import Properties

Function = Callable[[Cloud, Properties], Properties]


def invoke(token: str, cloud: Cloud, arguments: Properties) -> Properties:
    """Answer an invoke. Raises ValueError for a function that the sandbox does not serve, and for what isn't found."""
    function = _FUNCTIONS.get(token)
    if function is None:
        raise ValueError(f"the sandbox does not serve this function; it serves {', '.join(sorted(_FUNCTIONS))}")
    return function(cloud, arguments)


def _caller_identity(cloud: Cloud, _arguments: Properties) -> Properties:
    identity = cloud.call("sts", "get_caller_identity")
    account = identity["Account"]
    return {"accountId": account, "arn": identity["Arn"], "userId": identity["UserId"], "id": account}


def _region(cloud: Cloud, _arguments: Properties) -> Properties:
    endpoint = f"ec2.{cloud.region}.amazonaws.com"
    return {"id": cloud.region, "region": cloud.region, "name": cloud.region, "endpoint": endpoint, "description": ""}


def _partition(cloud: Cloud, _arguments: Properties) -> Properties:
    partition: str = cloud.client("ec2").meta.partition
    return {
        "id": partition,
        "partition": partition,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _availability_zones(cloud: Cloud, arguments: Properties) -> Properties:
    _only(arguments, {"state", "filters", "region"})
    zones = cloud.call("ec2", "describe_availability_zones", Filters=_filters(arguments))["AvailabilityZones"]
    return {
        "id": cloud.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName", cloud.region) for zone in zones}),
    }


def _ami(cloud: Cloud, arguments: Properties) -> Properties:
    _only(arguments, {"owners", "filters", "mostRecent", "nameRegex", "region", "includeDeprecated"})
    images = cloud.call("ec2", "describe_images", Owners=arguments.get("owners", []), Filters=_filters(arguments))[
        "Images"
    ]
    if "nameRegex" in arguments:
        images = [image for image in images if re.search(arguments["nameRegex"], image.get("Name", ""))]
    if not images:
        raise ValueError("your query returned no image; name another one")
    if len(images) > 1 and not arguments.get("mostRecent"):
        raise ValueError(f"your query returned {len(images)} images; ask for one, or set mostRecent")
    image = max(images, key=lambda found: found.get("CreationDate", ""))
    return {**_recased(image), "id": image["ImageId"], "arn": _image_arn(cloud, image), **arguments}


def _registry_login(cloud: Cloud, arguments: Properties) -> Properties:
    _only(arguments, {"registryId", "region"})
    registries = {"registryIds": [arguments["registryId"]]} if "registryId" in arguments else {}
    [grant] = cloud.call("ecr", "get_authorization_token", **registries)["authorizationData"]
    user, _, password = base64.b64decode(grant["authorizationToken"]).decode().partition(":")
    return {
        "id": cloud.region,
        "region": cloud.region,
        "authorizationToken": grant["authorizationToken"],
        "expiresAt": grant["expiresAt"].isoformat(),
        "proxyEndpoint": grant["proxyEndpoint"],
        "userName": user,
        "password": password,
        **arguments,
    }


def _image_arn(cloud: Cloud, image: dict[str, Any]) -> str:
    return f"arn:{cloud.client('ec2').meta.partition}:ec2:{cloud.region}::image/{image['ImageId']}"


_IMAGE_OUTPUTS = (
    "architecture", "creationDate", "description", "hypervisor", "imageId", "imageLocation", "imageType", "name",
    "ownerId", "platform", "platformDetails", "public", "rootDeviceName", "rootDeviceType", "state",
    "virtualizationType",
)  # fmt: skip


def _recased(image: dict[str, Any]) -> Properties:
    answered = {normalised(name): value for name, value in image.items()}
    found = {name: answered.get(normalised(name)) for name in _IMAGE_OUTPUTS}
    return {name: value for name, value in found.items() if value is not None}


def _filters(arguments: Properties) -> list[dict[str, Any]]:
    filters = [{"Name": item["name"], "Values": item["values"]} for item in arguments.get("filters", [])]
    if "state" in arguments:
        filters.append({"Name": "state", "Values": [arguments["state"]]})
    return filters


def _only(arguments: Properties, handled: set[str]) -> None:
    for name in arguments.keys() - handled:
        raise ValueError(f"the sandbox does not handle {name}; it handles {', '.join(sorted(handled))}")


_FUNCTIONS: dict[str, Function] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:ec2/getAmi:getAmi": _ami,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _registry_login,
}
