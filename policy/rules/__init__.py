"""The rules' checks, one module a family."""

from policy.rule import Check
from policy.rules import (
    backup,
    buckets,
    encryption,
    loss,
    metadata,
    network,
    permissions,
    place,
    pods,
    retention,
    secrets,
    tags,
    tls,
)

CHECKS: tuple[Check, ...] = (
    *buckets.CHECKS,
    *network.CHECKS,
    *encryption.CHECKS,
    *backup.CHECKS,
    *loss.CHECKS,
    *permissions.CHECKS,
    *secrets.CHECKS,
    *place.CHECKS,
    *metadata.CHECKS,
    *tls.CHECKS,
    *retention.CHECKS,
    *tags.CHECKS,
    *pods.CHECKS,
)
