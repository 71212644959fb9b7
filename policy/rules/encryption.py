"""Everything that keeps data is encrypted where it lies, with a key of ours where the service takes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policy.resource import Resource
from policy.rule import Check, ResourceCheck, of_types
from policy.values import items, read


def _is_true(path: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda inputs: read(inputs, path) is True


def _is_given(path: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda inputs: bool(read(inputs, path))


# By type: the property that must be true, or name a key.
_STORES: dict[str, tuple[str, Callable[[Mapping[str, Any]], bool]]] = {
    "aws:rds/instance:Instance": ("storageEncrypted", _is_true("storageEncrypted")),
    "aws:rds/cluster:Cluster": ("storageEncrypted", _is_true("storageEncrypted")),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "atRestEncryptionEnabled",
        _is_true("atRestEncryptionEnabled"),
    ),
    "aws:ebs/volume:Volume": ("encrypted", _is_true("encrypted")),
    "aws:efs/fileSystem:FileSystem": ("encrypted", _is_true("encrypted")),
    "aws:backup/vault:Vault": ("kmsKeyArn", _is_given("kmsKeyArn")),
    "aws:cloudtrail/trail:Trail": ("kmsKeyId", _is_given("kmsKeyId")),
    "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId", _is_given("kmsKeyId")),
    "aws:secretsmanager/secret:Secret": ("kmsKeyId", _is_given("kmsKeyId")),
    "aws:sns/topic:Topic": ("kmsMasterKeyId", _is_given("kmsMasterKeyId")),
    "aws:sqs/queue:Queue": ("kmsMasterKeyId", _is_given("kmsMasterKeyId")),
    "aws:eks/cluster:Cluster": ("encryptionConfig.provider.keyArn", _is_given("encryptionConfig.provider.keyArn")),
}


def _not_encrypted(resource: Resource) -> Iterator[str]:
    path, encrypted = _STORES[resource.type]
    if not encrypted(resource.inputs):
        yield f"{path} is not set"


def _registry(resource: Resource) -> Iterator[str]:
    if not any(read(one, "encryptionType") == "KMS" for one in items(resource.inputs, "encryptionConfigurations")):
        yield "encryptionConfigurations names no KMS key"


def _launched_volumes(template: Resource) -> Iterator[str]:
    mappings = items(template.inputs, "blockDeviceMappings")
    if not mappings:
        yield "no blockDeviceMappings: the volumes are as the image has them"
    for mapping in mappings:
        # pulumi-aws takes a text here, of true or false.
        if mapping.get("ebs") and str(read(mapping, "ebs.encrypted")).lower() != "true":
            yield f"the volume {mapping.get('deviceName')} is not encrypted"


def _instance_volumes(instance: Resource) -> Iterator[str]:
    if read(instance.inputs, "rootBlockDevice.encrypted") is not True:
        yield "rootBlockDevice.encrypted is not set"
    for device in items(instance.inputs, "ebsBlockDevices"):
        if read(device, "encrypted") is not True:
            yield f"the volume {device.get('deviceName')} is not encrypted"


_RULE = "missing-encryption"
CHECKS: tuple[Check, ...] = (
    ResourceCheck(rule=_RULE, covers=of_types(*_STORES), violations=_not_encrypted),
    ResourceCheck(rule=_RULE, covers=of_types("aws:ecr/repository:Repository"), violations=_registry),
    ResourceCheck(rule=_RULE, covers=of_types("aws:ec2/launchTemplate:LaunchTemplate"), violations=_launched_volumes),
    ResourceCheck(rule=_RULE, covers=of_types("aws:ec2/instance:Instance"), violations=_instance_volumes),
)
