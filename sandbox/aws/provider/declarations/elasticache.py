"""ElastiCache: replication groups of one shard."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Update, doubtful, fixed, local
from sandbox.aws.provider.declarations.elasticache_groups import tagging, with_tags
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties
from sandbox.provider.waiting import WaitError

_AWAITED_SECONDS = 3600  # as terraform-provider-aws waits for a new replication group: 60 min
_OF_GROUP = {"ReplicationGroupId": "{id}"}
_PORT = 6379


def _read(work: Work) -> Model | None:
    model: Model = work.find("ReplicationGroups[0]", "describe_replication_groups", ReplicationGroupId=work.id)
    return model


def _extend(work: Work, model: Model) -> None:
    """Version, windows and groups are told of a group's members only."""
    member = work.find(
        "CacheClusters[0]", "describe_cache_clusters", CacheClusterId=model["MemberClusters"][0], ShowCacheNodeInfo=True
    )
    with_tags(work, model)
    for name in ("EngineVersion", "CacheSubnetGroupName", "PreferredMaintenanceWindow", "SecurityGroups"):
        model[name] = member.get(name)
    model["CacheParameterGroupName"] = member["CacheParameterGroup"]["CacheParameterGroupName"]
    model["NotificationTopicArn"] = member.get("NotificationConfiguration", {}).get("TopicArn")


def _await_available(work: Work) -> None:
    def probe() -> str | None:
        model = _read(work)
        status = model["Status"] if model else "not there yet"
        if status == "create-failed":
            raise WaitError(f"replication group {work.id} is {status}")
        return None if status == "available" else str(status)

    work.waiter.until(f"replication group {work.id} to be available", probe)


_DESTINATIONS = {
    "cloudwatch-logs": ("CloudWatchLogsDetails", "LogGroup"),
    "kinesis-firehose": ("KinesisFirehoseDetails", "DeliveryStream"),
}


def _encode_logs(deliveries: list[Properties]) -> list[Model]:
    return [_encode_delivery(delivery) for delivery in deliveries]


def _encode_delivery(delivery: Properties) -> Model:
    if delivery["destinationType"] not in _DESTINATIONS:
        raise ValueError(f"has a destinationType that is none of {', '.join(_DESTINATIONS)}")
    structure, field = _DESTINATIONS[delivery["destinationType"]]
    return {
        "LogType": delivery["logType"],
        "LogFormat": delivery["logFormat"],
        "DestinationType": delivery["destinationType"],
        "DestinationDetails": {structure: {field: delivery["destination"]}},
    }


def _decode_logs(deliveries: list[Model]) -> list[Properties]:
    return [
        {
            "logType": delivery["LogType"],
            "logFormat": delivery["LogFormat"],
            "destinationType": delivery["DestinationType"],
            "destination": delivery["DestinationDetails"][structure][field],
        }
        for delivery in deliveries
        for structure, field in [_DESTINATIONS[delivery["DestinationType"]]]
    ]


def _change(work: Work, parameters: Model) -> None:
    """Without `applyImmediately` AWS changes some things in the next maintenance window only."""
    parameters["ApplyImmediately"] = bool(work.get("applyImmediately"))
    if "userGroupIds" in work.changed:
        present, wanted = work.old_inputs.get("userGroupIds", []), work.get("userGroupIds", [])
        parameters["UserGroupIdsToAdd"] = [group for group in wanted if group not in present]
        parameters["UserGroupIdsToRemove"] = [group for group in present if group not in wanted]
    if "logDeliveryConfigurations" in work.changed:
        old, new = (inputs.get("logDeliveryConfigurations", []) for inputs in (work.old_inputs, work.inputs))
        kinds = {delivery["logType"] for delivery in new}
        ended = [{"LogType": one["logType"], "Enabled": False} for one in old if one["logType"] not in kinds]
        parameters["LogDeliveryConfigurations"] = [*_encode_logs(new), *ended]


def _change_members(work: Work) -> None:
    """The primary counts as one."""
    members = work.inputs["numCacheClusters"]
    grows = members > work.old_inputs.get("numCacheClusters", 1)
    method = "increase_replica_count" if grows else "decrease_replica_count"
    work.call(method, ReplicationGroupId=work.id, NewReplicaCount=members - 1, ApplyImmediately=True)


def _delete(work: Work) -> None:
    snapshot = work.get("finalSnapshotIdentifier")
    named = {"FinalSnapshotIdentifier": snapshot} if snapshot else {}
    work.call("delete_replication_group", ReplicationGroupId=work.id, **named)


_MODIFIABLE: dict[str, Input] = {
    "description": Input(api="ReplicationGroupDescription", read="Description"),
    "engine": Input(default="redis"),
    "engineVersion": Input(computed=True),
    "nodeType": Input(api="CacheNodeType", computed=True),
    "autoMinorVersionUpgrade": Input(default=True),
    "automaticFailoverEnabled": Input(read="AutomaticFailover == 'enabled'", default=False),
    "multiAzEnabled": Input(api="MultiAZEnabled", read="MultiAZ == 'enabled'", default=False),
    "parameterGroupName": Input(api="CacheParameterGroupName", computed=True),
    "securityGroupIds": Input(read="SecurityGroups[].SecurityGroupId", unordered=True, computed=True),
    "transitEncryptionMode": Input(computed=True),
    "snapshotRetentionLimit": Input(default=0),
    "snapshotWindow": Input(computed=True),
    "maintenanceWindow": Input(api="PreferredMaintenanceWindow", computed=True),
    "notificationTopicArn": Input(),
    "userGroupIds": Input(unordered=True),
    "logDeliveryConfigurations": Input(unordered=True, encode=_encode_logs, decode=_decode_logs),
}

REPLICATION_GROUP = Declaration(
    type="aws:elasticache/replicationGroup:ReplicationGroup",
    service="elasticache",
    fidelity=Fidelity.RUNS,
    behind="one Valkey with TLS and IAM login; no replicas, no failover, snapshots hold no data, no logs are delivered",
    inputs={
        "replicationGroupId": fixed(),
        "port": fixed(read="NodeGroups[0].PrimaryEndpoint.Port", default=_PORT),
        "subnetGroupName": fixed(api="CacheSubnetGroupName", computed=True),
        "atRestEncryptionEnabled": fixed(computed=True),
        "kmsKeyId": fixed(),
        "transitEncryptionEnabled": doubtful(computed=True),
        "numCacheClusters": Input(read="length(MemberClusters)", computed=True),
        **_MODIFIABLE,
        "applyImmediately": local(),
        "finalSnapshotIdentifier": local(),
    },
    create=Call("create_replication_group", result="ReplicationGroup.ReplicationGroupId"),
    read=_read,
    updates=(
        Update(_change_members, ("numCacheClusters",), after_create=False),
        Update(
            Call("modify_replication_group", _OF_GROUP, adjust=_change),
            tuple(_MODIFIABLE),
            changed_only=True,
            after_create=False,
        ),
    ),
    delete=_delete,
    settle=_await_available,
    settle_update=_await_available,
    wait_gone=True,
    extend=_extend,
    outputs={
        "arn": "ARN",
        "primaryEndpointAddress": "NodeGroups[0].PrimaryEndpoint.Address",
        "readerEndpointAddress": "NodeGroups[0].ReaderEndpoint.Address",
        "configurationEndpointAddress": "ConfigurationEndpoint.Address",
        "engineVersionActual": "EngineVersion",
    },
    volatile=lambda work: {"memberClusters"} if "numCacheClusters" in work.changed else set(),
    naming=Naming(limit=40, input="replicationGroupId", prefix_input=None, lower=True),
    tagging=tagging(),
    time_out=_AWAITED_SECONDS,
)

ALL = (REPLICATION_GROUP,)
