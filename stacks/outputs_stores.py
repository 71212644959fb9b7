"""Gathers where data lies, from the resources that hold it: under which key, how long, and what ways back there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from stacks.outputs_audit_model import DataStoreOutput
from stacks.outputs_ledger import Entry, Ledger

_DAY_SECONDS = 24 * 60 * 60
_NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"


def data_stores(ledger: Ledger, *, region: str, protected: list[str]) -> pulumi.Output[list[DataStoreOutput]]:
    """Every place where data lies. protected: logical names of what deletion protection holds."""
    found = [
        {
            "name": entry.name,
            "service": entry.part.classification.service,
            "owner": entry.part.classification.owner,
            "data_class": entry.part.classification.data_class,
            "region": region,
            "deletion_protected": entry.name in protected,
            **facts,
        }
        for entry in ledger.entries
        for facts in _facts(entry, ledger)
    ]
    return pulumi.Output.all(found, _daily_copies(ledger)).apply(
        lambda known: [_store(facts, copies=known[1]) for facts in known[0]]
    )


def _store(facts: dict[str, Any], *, copies: list[dict[str, Any]]) -> DataStoreOutput:
    backups = [{"kind": kind, "retention_days": days} for kind, days in facts.pop("ways_back") if days != 0]
    backups += [
        {"kind": "daily copy", "retention_days": copy["days"]}
        for copy in copies
        if facts["identifier"] in copy["resources"]
    ]
    # Services say "for ever" as 0, the provider as nothing.
    return DataStoreOutput(
        **{
            **facts,
            "encrypted": bool(facts["encrypted"]),
            "encryption_key_arn": facts["encryption_key_arn"] or None,
            "retention_days": int(facts["retention_days"]) if facts["retention_days"] else None,
        },
        backups=backups,
    )


def _daily_copies(ledger: Ledger) -> list[dict[str, Any]]:
    """What the plans of the backup vaults copy, and how long they keep it."""
    copies = []
    for entry, selection in ledger.of(aws.backup.Selection):
        plan = ledger.beside(entry, aws.backup.Plan)
        if plan is not None:
            copies.append({"resources": selection.resources, "days": plan.rules.apply(_kept_by)})
    return copies


def _kept_by(rules: Any) -> int | None:
    days = [rule.lifecycle.delete_after for rule in rules if rule.lifecycle]
    return int(max(days)) if len(days) == len(rules) else None


def _facts(entry: Entry, ledger: Ledger) -> list[dict[str, Any]]:
    """What is particular to a data store of the entry's type; nothing for what holds no data."""
    read = _READERS.get(entry.type)
    return [
        {"identifier": getattr(entry.resource, "arn", entry.resource.id), "retention_days": None, **facts}
        for facts in (read(entry.resource, entry, ledger) if read else [])
    ]


def _database(instance: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    """The instance, and the secret that RDS keeps its master password in."""
    return [
        {
            "kind": "database",
            "encrypted": instance.storage_encrypted,
            "encryption_key_arn": instance.kms_key_id,
            "ways_back": [("point in time", instance.backup_retention_period)],
        },
        {
            "kind": "secret",
            "identifier": instance.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn),
            "encrypted": True,
            "encryption_key_arn": instance.master_user_secret_kms_key_id,
            "ways_back": [],
        },
    ]


def _cache(group: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            "kind": "cache",
            "encrypted": group.at_rest_encryption_enabled,
            "encryption_key_arn": group.kms_key_id,
            "ways_back": [("daily snapshot", group.snapshot_retention_limit)],
        }
    ]


def _bucket(_bucket: Any, entry: Entry, ledger: Ledger) -> list[dict[str, Any]]:
    """A bucket is one resource; what it is lies in those beside it."""
    encryption = ledger.beside(entry, aws.s3.BucketServerSideEncryptionConfiguration)
    versioning = ledger.beside(entry, aws.s3.BucketVersioning)
    lifetimes = ledger.beside(entry, aws.s3.BucketLifecycleConfiguration)
    rules = lifetimes.rules if lifetimes else None
    return [
        {
            "kind": "bucket",
            "encrypted": encryption is not None,
            "encryption_key_arn": encryption.rules.apply(_bucket_key) if encryption else None,
            "retention_days": rules.apply(_expiration) if rules else None,
            "ways_back": [("object versions", rules.apply(_noncurrent_expiration) if rules else None)]
            if versioning
            else [],
        }
    ]


def _bucket_key(rules: Any) -> str | None:
    by_default = rules[0].apply_server_side_encryption_by_default
    return by_default.kms_master_key_id if by_default else None


def _expiration(rules: Any) -> int | None:
    return next((int(rule.expiration.days) for rule in rules if rule.expiration and rule.expiration.days), None)


def _noncurrent_expiration(rules: Any) -> int | None:
    kept = (rule.noncurrent_version_expiration for rule in rules)
    return next((int(one.noncurrent_days) for one in kept if one), None)


def _queue(queue: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            "kind": "queue",
            "encrypted": queue.kms_master_key_id.apply(bool),
            "encryption_key_arn": queue.kms_master_key_id,
            "retention_days": queue.message_retention_seconds.apply(lambda seconds: seconds // _DAY_SECONDS),
            "ways_back": [],
        }
    ]


def _secret(secret: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    return [{"kind": "secret", "encrypted": True, "encryption_key_arn": secret.kms_key_id, "ways_back": []}]


def _log_group(group: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            "kind": "log group",
            "encrypted": True,
            "encryption_key_arn": group.kms_key_id,
            "retention_days": group.retention_in_days,
            "ways_back": [],
        }
    ]


def _images(repository: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    key = repository.encryption_configurations.apply(lambda ones: ones[0].kms_key if ones else None)
    return [{"kind": "image repository", "encrypted": True, "encryption_key_arn": key, "ways_back": []}]


def _vault(vault: Any, entry: Entry, ledger: Ledger) -> list[dict[str, Any]]:
    plan = ledger.beside(entry, aws.backup.Plan)
    return [
        {
            "kind": "backup vault",
            "encrypted": True,
            "encryption_key_arn": vault.kms_key_arn,
            "retention_days": plan.rules.apply(_kept_by) if plan else None,
            "ways_back": [],
        }
    ]


def _topic(topic: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    return [
        {
            "kind": "topic",
            "encrypted": topic.kms_master_key_id.apply(bool),
            "encryption_key_arn": topic.kms_master_key_id,
            "ways_back": [],
        }
    ]


def _launched_volumes(template: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    volumes = template.block_device_mappings
    return [
        {
            "kind": "machine volumes",
            "encrypted": volumes.apply(lambda ones: all(one.ebs.encrypted == "true" for one in ones)),
            "encryption_key_arn": volumes.apply(lambda ones: ones[0].ebs.kms_key_id),
            "ways_back": [],
        }
    ]


def _machine_volume(instance: Any, _entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    volume = instance.root_block_device
    return [
        {
            "kind": "machine volumes",
            "encrypted": volume.apply(lambda one: one.encrypted),
            "encryption_key_arn": volume.apply(lambda one: one.kms_key_id),
            "ways_back": [],
        }
    ]


def _node_volumes(_node_class: Any, entry: Entry, _ledger: Ledger) -> list[dict[str, Any]]:
    """EKS Auto Mode always encrypts nodes' disks; the class says by which key."""
    storage = pulumi.Output.from_input(entry.arguments["spec"]).apply(lambda spec: spec["ephemeralStorage"])
    return [
        {
            "kind": "node volumes",
            "encrypted": True,
            "encryption_key_arn": storage.apply(lambda one: one["kmsKeyID"]),
            "ways_back": [],
        }
    ]


_READERS: Mapping[str, Callable[[Any, Entry, Ledger], list[dict[str, Any]]]] = {
    "aws:rds/instance:Instance": _database,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:sqs/queue:Queue": _queue,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:ecr/repository:Repository": _images,
    "aws:backup/vault:Vault": _vault,
    "aws:sns/topic:Topic": _topic,
    "aws:ec2/launchTemplate:LaunchTemplate": _launched_volumes,
    "aws:ec2/instance:Instance": _machine_volume,
    _NODE_CLASS: _node_volumes,
}
