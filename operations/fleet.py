"""How the services and the database are, asked of AWS's own APIs for what the stack's outputs name."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from operations.aws_apis import sandbox_apis
from operations.checkout import Checkout
from operations.status_report import DatabaseStatus, ServiceStatus, VmsStatus, ZoneStatus

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef

_CONNECT_SECONDS = 2.0


class Fleet:
    """Reads one platform's state. Every call goes to the sandbox's endpoint, with credentials of no account."""

    def __init__(self, checkout: Checkout) -> None:
        apis = sandbox_apis(checkout)
        self._autoscaling = apis.session.client("autoscaling", endpoint_url=apis.endpoint, config=apis.config)
        self._elbv2 = apis.session.client("elbv2", endpoint_url=apis.endpoint, config=apis.config)
        self._rds = apis.session.client("rds", endpoint_url=apis.endpoint, config=apis.config)

    def services(self, outputs: Mapping[str, Any]) -> dict[str, ServiceStatus]:
        """Each service of the outputs, with its machines by zone."""
        services: dict[str, Any] = outputs.get("services", {})
        names = [service["vms"]["auto_scaling_group"] for service in services.values()]
        pages = self._autoscaling.get_paginator("describe_auto_scaling_groups").paginate(AutoScalingGroupNames=names)
        groups = {group["AutoScalingGroupName"]: group for page in pages for group in page["AutoScalingGroups"]}
        return {
            name: ServiceStatus(
                kind=service["kind"],
                share=0,  # no service has containers yet
                vms=self._machines(service["vms"], groups.get(service["vms"]["auto_scaling_group"])),
                containers=None,
            )
            for name, service in services.items()
        }

    def database(self, outputs: Mapping[str, Any]) -> DatabaseStatus | None:
        """The database of the outputs."""
        if "database" not in outputs:
            return None
        identifier = outputs["database"]["identifier"]
        found = self._rds.describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": [identifier]}])
        available = [one["DBInstanceStatus"] for one in found["DBInstances"]] == ["available"]
        address = (outputs["database"]["endpoint"], int(outputs["database"]["port"]))
        return DatabaseStatus(ready=available and _accepts(address))

    def _machines(self, vms: Mapping[str, Any], group: AutoScalingGroupTypeDef | None) -> VmsStatus:
        if group is None:  # deleted behind the stack's back, or by a destroy that did not end
            return VmsStatus(desired=vms["desired"], healthy=0, zones={})
        healthy_ids = self._healthy(vms["target_group_arn"]) if vms["target_group_arn"] else set()
        zone_of = {
            instance["InstanceId"]: instance["AvailabilityZone"]
            for instance in group["Instances"]
            if instance["LifecycleState"] == "InService"
        }
        desired = Counter(zone_of.values())
        healthy = Counter(zone for instance, zone in zone_of.items() if instance in healthy_ids)
        zones = {zone: ZoneStatus(desired=desired[zone], healthy=healthy[zone]) for zone in sorted(desired)}
        return VmsStatus(desired=group["DesiredCapacity"], healthy=healthy.total(), zones=zones)

    def _healthy(self, target_group: str) -> set[str]:
        described = self._elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        return {target["Target"]["Id"] for target in described if target["TargetHealth"]["State"] == "healthy"}


def _accepts(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False
