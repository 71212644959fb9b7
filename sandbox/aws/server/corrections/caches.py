"""ElastiCache replication groups: all that was asked for is kept, and one is available once the data plane serves it.

moto 5.2.5: a replication group is `available` at once, its endpoints are names that nothing resolves, and it has one
member however many are asked for, in zones of us-east-1; members can't be described, nor their number be changed; most
of a change is dropped; and a deleted one stays in the state `deleting` for ever.

Here the endpoint is the loopback twin (127.x.y.z) of a free address (10.x.y.z) in the subnet group, where the data
plane serves it. There are no replicas, so that the reader endpoint is the primary's. A change is made at once, whether
or not it is asked to wait for the maintenance window. Groups of several shards (cluster mode) are refused.
"""

from __future__ import annotations

import itertools
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.subnets import Subnet
from moto.elasticache.exceptions import (
    CacheClusterNotFound,
    InvalidParameterCombinationException,
    InvalidParameterValueException,
)
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend, ReplicationGroup
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.aws.server.corrections.cache_parameter_groups import parameter_group
from sandbox.aws.server.corrections.cache_users import user_group
from sandbox.aws.server.corrections.patching import add, replace

NODE_GROUP = "0001"

_upstream_create = ElastiCacheResponse.create_replication_group
_upstream_describe_clusters = ElastiCacheBackend.describe_cache_clusters

# What a change sets → the attribute, where the value is kept as it comes.
_PLAIN_CHANGES = {
    "ReplicationGroupDescription": "description",
    "EngineVersion": "engine_version",
    "CacheNodeType": "cache_node_type",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "NotificationTopicArn": "notification_topic_arn",
    "CacheParameterGroupName": "cache_parameter_group_name",
    "SecurityGroupIds": "security_group_ids",
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
}
_UNSUPPORTED = ("NumNodeGroups", "NodeGroupConfiguration", "GlobalReplicationGroupId", "PrimaryClusterId")


def apply() -> None:
    replace(
        ElastiCacheResponse,
        create_replication_group=_create,
        modify_replication_group=_modify,
        delete_replication_group=_delete,
    )
    add(ElastiCacheResponse, increase_replica_count=_change_replicas, decrease_replica_count=_change_replicas)
    replace(ElastiCacheBackend, describe_cache_clusters=_describe_clusters)


def report(backend: ElastiCacheBackend, identifier: str, status: str) -> bool:
    """Take the data plane's word for a replication group. False where there is no such group."""
    group = backend.replication_groups.get(identifier)
    if group is not None:
        group.status = status
    return group is not None


def address_of(group: ReplicationGroup) -> str | None:
    """Where the group is served; None where it has no subnet group."""
    address: str | None = group.__dict__.get("subnet_address")
    return f"127.{address.partition('.')[2]}" if address else None


def _create(response: ElastiCacheResponse) -> ActionResult:
    backend, params = response.elasticache_backend, response.params
    for name in _UNSUPPORTED:
        if params.get(name) not in (None, 1, []):
            raise InvalidParameterValueException(f"The sandbox does not have replication groups with {name}.")
    nodes = params.get("NumCacheClusters") or params.get("ReplicasPerNodeGroup", 0) + 1
    _check(backend, params, nodes)
    subnet_group = _subnet_group(backend, params.get("CacheSubnetGroupName"))
    result = _upstream_create(response)
    group = backend.replication_groups[params["ReplicationGroupId"]]
    group.status = "creating"
    group.cache_parameter_group_name = params.get("CacheParameterGroupName") or _default_parameter_group(group)
    group.security_group_ids = params.get("SecurityGroupIds", [])
    group.transit_encryption_mode = params.get("TransitEncryptionMode") or (
        "required" if group.transit_encryption_enabled else None
    )
    group.auto_minor_version_upgrade = params.get("AutoMinorVersionUpgrade", True)
    group.snapshot_window = params.get("SnapshotWindow") or "05:00-06:00"
    group.preferred_maintenance_window = params.get("PreferredMaintenanceWindow") or "sun:03:00-sun:04:00"
    group.__dict__["zones"] = params.get("PreferredCacheClusterAZs", [])
    subnets = _subnets(backend, subnet_group)
    if subnets:
        group.__dict__["subnet_id"] = subnets[0].id
        group.__dict__["subnet_address"] = subnets[0].get_available_subnet_ip(instance=group)  # type: ignore[arg-type] # any owner
    _set_members(backend, group, nodes)
    return result


def _check(backend: ElastiCacheBackend, params: dict[str, Any], nodes: int) -> None:
    if params.get("AutomaticFailoverEnabled") and nodes < 2:
        raise InvalidParameterCombinationException("Automatic failover requires at least two nodes.")
    if params.get("MultiAZEnabled") and not params.get("AutomaticFailoverEnabled"):
        raise InvalidParameterCombinationException("Multi-AZ requires automatic failover to be enabled.")
    groups = params.get("UserGroupIds", [])
    if groups and not params.get("TransitEncryptionEnabled"):
        raise InvalidParameterCombinationException("User groups require encryption in transit.")
    for identifier in groups:
        user_group(backend, identifier)
    if name := params.get("CacheParameterGroupName"):
        parameter_group(backend, name)


def _default_parameter_group(group: ReplicationGroup) -> str:
    version = (group.engine_version or "8.0").split(".")[0]
    return f"default.{group.engine}{version}"


def _subnet_group(backend: ElastiCacheBackend, name: str | None) -> CacheSubnetGroup | None:
    return backend.describe_cache_subnet_groups(name)[0] if name else None


def _subnets(backend: ElastiCacheBackend, group: CacheSubnetGroup | None) -> list[Subnet]:
    if group is None:
        return []
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    return [ec2.get_subnet(identifier) for identifier in group.subnet_ids]


def _set_members(backend: ElastiCacheBackend, group: ReplicationGroup, nodes: int) -> None:
    """Name the members, spread over the zones asked for or those of the subnet group."""
    subnets = _subnets(backend, _subnet_group(backend, group.cache_subnet_group_name))
    zones = group.__dict__["zones"] or [subnet.availability_zone for subnet in subnets] or [f"{backend.region_name}a"]
    endpoint = {"Address": address_of(group), "Port": group.port}
    group.member_clusters = [f"{group.replication_group_id}-{number:03}" for number in range(1, nodes + 1)]
    members = [
        {
            "CacheClusterId": member,
            "CacheNodeId": NODE_GROUP,
            "ReadEndpoint": endpoint,
            "PreferredAvailabilityZone": zone,
            "CurrentRole": "primary" if member == group.member_clusters[0] else "replica",
        }
        for member, zone in zip(group.member_clusters, itertools.cycle(zones), strict=False)
    ]
    group.node_groups = [
        {
            "NodeGroupId": NODE_GROUP,
            "Status": "available",
            "PrimaryEndpoint": endpoint,
            "ReaderEndpoint": endpoint,
            "NodeGroupMembers": members,
        }
    ]


def _modify(response: ElastiCacheResponse) -> ActionResult:
    backend, params, group = response.elasticache_backend, response.params, _find(response)
    if name := params.get("CacheParameterGroupName"):
        parameter_group(backend, name)
    for identifier in params.get("UserGroupIdsToAdd", []):
        user_group(backend, identifier)
    for name, attribute in _PLAIN_CHANGES.items():
        if name in params:
            setattr(group, attribute, params[name])
    for name, attribute in (("AutomaticFailoverEnabled", "automatic_failover"), ("MultiAZEnabled", "multi_az")):
        if name in params:
            setattr(group, attribute, "enabled" if params[name] else "disabled")
    removed = group.user_group_ids if params.get("RemoveUserGroups") else params.get("UserGroupIdsToRemove", [])
    kept = [one for one in group.user_group_ids if one not in removed]
    group.user_group_ids = [*kept, *params.get("UserGroupIdsToAdd", [])]
    if deliveries := params.get("LogDeliveryConfigurations"):
        _change_log_delivery(group, deliveries)
    return ActionResult({"ReplicationGroup": group})


def _change_log_delivery(group: ReplicationGroup, deliveries: list[dict[str, Any]]) -> None:
    """A change names each kind of log that it sets or, with Enabled false, ends."""
    present = {_kind(delivery): delivery for delivery in group.log_delivery_configurations}
    for delivery in deliveries:
        if delivery.get("Enabled", True):
            present[_kind(delivery)] = {**delivery, "Status": "active"}
        else:
            present.pop(_kind(delivery), None)
    group.log_delivery_configurations = [*present.values()]


def _kind(delivery: dict[str, Any]) -> str:
    return str(delivery["LogType"])


def _change_replicas(response: ElastiCacheResponse) -> ActionResult:
    group = _find(response)
    _set_members(response.elasticache_backend, group, response.params["NewReplicaCount"] + 1)
    return ActionResult({"ReplicationGroup": group})


def _delete(response: ElastiCacheResponse) -> ActionResult:
    backend, group = response.elasticache_backend, _find(response)
    if final := response.params.get("FinalSnapshotIdentifier"):
        backend.create_snapshot(final, group.replication_group_id, None, group.kms_key_id, None)
    if address := group.__dict__.get("subnet_address"):
        ec2 = ec2_backends[backend.account_id][backend.region_name]
        ec2.get_subnet(group.__dict__["subnet_id"]).del_subnet_ip(address)
    del backend.replication_groups[group.replication_group_id]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    group.status = "deleting"
    return ActionResult({"ReplicationGroup": group})


def _find(response: ElastiCacheResponse) -> ReplicationGroup:
    [group] = response.elasticache_backend.describe_replication_groups(response.params["ReplicationGroupId"])
    return group


def _describe_clusters(backend: ElastiCacheBackend, cache_cluster_id: str | None = None) -> list[Any]:
    members = [member for group in backend.replication_groups.values() for member in _described_members(group)]
    found = [member for member in members if cache_cluster_id in (None, member["CacheClusterId"])]
    if cache_cluster_id is None:
        return [*_upstream_describe_clusters(backend), *found]
    if not found and cache_cluster_id not in backend.cache_clusters:
        raise CacheClusterNotFound(cache_cluster_id)
    return found or _upstream_describe_clusters(backend, cache_cluster_id)


def _described_members(group: ReplicationGroup) -> list[dict[str, Any]]:
    """The members as caches of their own, which is where ElastiCache tells of a group's version and windows."""
    topic = group.notification_topic_arn
    return [
        {
            "CacheClusterId": member["CacheClusterId"],
            "ReplicationGroupId": group.replication_group_id,
            "CacheNodeType": group.cache_node_type,
            "Engine": group.engine,
            "EngineVersion": group.engine_version,
            "CacheClusterStatus": group.status,
            "NumCacheNodes": 1,
            "PreferredAvailabilityZone": member["PreferredAvailabilityZone"],
            "CacheClusterCreateTime": group.replication_group_create_time,
            "PreferredMaintenanceWindow": group.preferred_maintenance_window,
            "NotificationConfiguration": {"TopicArn": topic, "TopicStatus": "active"} if topic else None,
            "CacheParameterGroup": {
                "CacheParameterGroupName": group.cache_parameter_group_name,
                "ParameterApplyStatus": "in-sync",
            },
            "CacheSubnetGroupName": group.cache_subnet_group_name,
            "AutoMinorVersionUpgrade": group.auto_minor_version_upgrade,
            "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in group.security_group_ids or []],
            "SnapshotRetentionLimit": group.snapshot_retention_limit,
            "SnapshotWindow": group.snapshot_window,
            "TransitEncryptionEnabled": group.transit_encryption_enabled,
            "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
            "ARN": group.arn.replace(":replicationgroup:", ":cluster:") + member["CacheClusterId"][-4:],
        }
        for member in group.node_groups[0]["NodeGroupMembers"]
    ]
