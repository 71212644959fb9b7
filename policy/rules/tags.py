"""Whatever can bear tags says whose it is, what data it holds and who pays for it."""

from __future__ import annotations

from collections.abc import Iterator

from policy.resource import Resource
from policy.rule import Check, ResourceCheck
from policy.rules.taggable import TAGGABLE
from policy.values import items, read

KEYS = ("cost-centre", "data-class", "environment", "layer", "owner", "service")
_GROUP = "aws:autoscaling/group:Group"


def _missing(resource: Resource) -> Iterator[str]:
    if resource.type == _GROUP:
        borne = {read(tag, "key") for tag in items(resource.inputs, "tags")}
    else:
        borne = {key for key, value in (read(resource.inputs, "tags") or {}).items() if value}
    missing = [key for key in KEYS if key not in borne]
    if missing:
        yield f"no tag {', '.join(missing)}"


CHECKS: tuple[Check, ...] = (ResourceCheck(rule="missing-tags", covers=TAGGABLE.__contains__, violations=_missing),)
