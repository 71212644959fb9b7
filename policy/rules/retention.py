"""Logs are kept long enough to look back, and not for ever by oversight."""

from __future__ import annotations

from collections.abc import Iterator

from policy.resource import Resource
from policy.rule import Check, ResourceCheck, of_types
from policy.values import read

# Intrusions are found weeks after they began; three months leave time to look back.
LEAST_DAYS = 90


def _too_short(group: Resource) -> Iterator[str]:
    days = read(group.inputs, "retentionInDays")
    if not days:
        yield f"retentionInDays is not set: say how long, at least {LEAST_DAYS} days"
    elif days < LEAST_DAYS:
        yield f"retentionInDays is {days}, at least {LEAST_DAYS} are needed"


CHECKS: tuple[Check, ...] = (
    ResourceCheck(rule="log-retention", covers=of_types("aws:cloudwatch/logGroup:LogGroup"), violations=_too_short),
)
