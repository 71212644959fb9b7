"""What holds data can be brought back. Buckets keep versions: `buckets.py`."""

from __future__ import annotations

from collections.abc import Iterator

from policy.resource import Resource
from policy.rule import Check, ResourceCheck, of_types
from policy.values import read

# As AWS's foundational practices ask (Security Hub, RDS.11): a fault is often seen only after a weekend.
DATABASE_DAYS = 7
CACHE_DAYS = 1


def _database(resource: Resource) -> Iterator[str]:
    days = read(resource.inputs, "backupRetentionPeriod") or 0
    if days < DATABASE_DAYS:
        yield f"backupRetentionPeriod is {days} days, at least {DATABASE_DAYS} are needed"


def _cache(resource: Resource) -> Iterator[str]:
    days = read(resource.inputs, "snapshotRetentionLimit") or 0
    if days < CACHE_DAYS:
        yield f"snapshotRetentionLimit is {days} days, at least {CACHE_DAYS} is needed"


_RULE = "missing-backup"
CHECKS: tuple[Check, ...] = (
    ResourceCheck(
        rule=_RULE, covers=of_types("aws:rds/instance:Instance", "aws:rds/cluster:Cluster"), violations=_database
    ),
    ResourceCheck(rule=_RULE, covers=of_types("aws:elasticache/replicationGroup:ReplicationGroup"), violations=_cache),
)
