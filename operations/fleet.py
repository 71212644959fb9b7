"""How the services and what they need are, asked of AWS's and Kubernetes' own APIs for what the outputs name."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from operations.aws_apis import sandbox_apis
from operations.checkout import Checkout
from operations.cluster import Cluster
from operations.database import DatabaseProbe
from operations.status_report import (
    CacheStatus,
    DatabaseStatus,
    QueueStatus,
    ServiceStatus,
    VmsStatus,
    ZoneStatus,
)
from operations.traffic import Traffic

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef

_CONNECT_SECONDS = 2.0
_WAITING, _IN_FLIGHT = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"


class Fleet:
    """Reads one platform's state. Every call goes to the sandbox, with credentials of no account."""

    def __init__(self, checkout: Checkout, outputs: Mapping[str, Any]) -> None:
        """outputs: the stack's."""
        self._apis = sandbox_apis(checkout)
        self._autoscaling = self._client("autoscaling")
        self._elbv2 = self._client("elbv2")
        self._cluster = Cluster(checkout.state.kubeconfig)
        self._bundle = checkout.state.secrets / "ca.pem"
        self._outputs = outputs

    def services(self) -> dict[str, ServiceStatus]:
        """Each service, with its machines by zone and its pods."""
        services: dict[str, Any] = self._outputs.get("services", {})
        names = [service["vms"]["auto_scaling_group"] for service in services.values() if service["vms"]]
        pages = self._autoscaling.get_paginator("describe_auto_scaling_groups").paginate(AutoScalingGroupNames=names)
        found = (group for page in pages for group in page["AutoScalingGroups"]) if names else ()
        groups = {group["AutoScalingGroupName"]: group for group in found}
        placed = {name: service["containers"] for name, service in services.items() if service["containers"]}
        containers = self._cluster.containers(placed)
        shares = Traffic(self._apis, self._outputs).shares()
        return {
            name: ServiceStatus(
                kind=service["kind"],
                share=shares[name],
                vms=self._machines(service["vms"], groups.get(service["vms"]["auto_scaling_group"]))
                if service["vms"]
                else None,
                containers=containers.get(name),
            )
            for name, service in services.items()
        }

    def database(self) -> DatabaseStatus | None:
        """The database."""
        if "database" not in self._outputs:
            return None
        return DatabaseStatus(ready=DatabaseProbe(self._apis, self._outputs["database"], self._bundle).answers())

    def cache(self) -> CacheStatus | None:
        """The cache."""
        if "cache" not in self._outputs:
            return None
        placed = self._outputs["cache"]
        groups = self._client("elasticache").describe_replication_groups()["ReplicationGroups"]
        available = any(
            group["ReplicationGroupId"] == placed["replication_group"] and group["Status"] == "available"
            for group in groups
        )
        return CacheStatus(ready=available and _accepts((placed["address"], int(placed["port"]))))

    def queues(self) -> dict[str, QueueStatus]:
        """The work queues, by name."""
        queues: dict[str, Any] = self._outputs.get("queues", {})
        if not queues:
            return {}
        sqs = self._client("sqs")

        def counted(url: str) -> dict[str, str]:
            attributes: dict[str, str] = sqs.get_queue_attributes(
                QueueUrl=url, AttributeNames=[_WAITING, _IN_FLIGHT]
            ).get("Attributes", {})
            return attributes

        status = {}
        for name, queue in queues.items():
            live, dead = counted(queue["url"]), counted(queue["dead_letter_url"])
            status[name] = QueueStatus(
                waiting=int(live[_WAITING]), in_flight=int(live[_IN_FLIGHT]), dead=int(dead[_WAITING])
            )
        return status

    def _client(self, service: Any) -> Any:
        return self._apis.session.client(service, endpoint_url=self._apis.endpoint, config=self._apis.config)

    def _machines(self, vms: Mapping[str, Any], group: AutoScalingGroupTypeDef | None) -> VmsStatus:
        if group is None:  # deleted behind the stack's back, or by a destroy that did not end
            return VmsStatus(desired=vms["desired"], healthy=0, zones={})
        zone_of = {
            instance["InstanceId"]: instance["AvailabilityZone"]
            for instance in group["Instances"]
            if instance["LifecycleState"] == "InService"
        }
        # Without a load balancer to ask, Auto Scaling's own word has to do.
        healthy_ids = self._healthy(vms["target_group_arn"]) if vms["target_group_arn"] else set(zone_of)
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
