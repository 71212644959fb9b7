"""Everything is kept and processed in Indonesia: the AWS region of Jakarta is the only one there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy.resource import Resource
from policy.rule import Check, ResourceCheck
from policy.values import Secret, UnknownValueError, leaves, read

REGIONS = ("ap-southeast-3",)
_ARN_REGION = re.compile(r"^arn:aws:[a-z0-9-]+:([a-z]{2}-[a-z]+-\d):")
_ZONE = re.compile(r"^([a-z]{2}-[a-z]+-\d)[a-z]$")
_PROVIDER = "pulumi:providers:aws"


def _provider(provider: Resource) -> Iterator[str]:
    region = read(provider.inputs, "region")
    if region is None:
        # It comes from the environment of whoever runs the engine.
        raise UnknownValueError("region")
    if region not in REGIONS:
        yield f"its region is {region}"


def _resource(resource: Resource) -> Iterator[str]:
    region = read(resource.inputs, "region")
    if region is not None and region not in REGIONS:
        yield f"its region is {region}"
    # Zones, and where it copies to: destinations and replicas are named by zone, ARN or region.
    for path, value in leaves(resource.inputs):
        plain = value.value if isinstance(value, Secret) else value
        named = re.split(r"[.\[]", path)[-1].lower()
        if not isinstance(plain, str) or path == "region":
            continue
        found = _ARN_REGION.match(plain) or _ZONE.match(plain)
        if found and found[1] not in REGIONS:
            yield f"{path} is in {found[1]}"
        elif named in ("region", "regionname") and plain not in REGIONS:
            yield f"{path} is {plain}"


CHECKS: tuple[Check, ...] = (
    ResourceCheck(rule="outside-indonesia", covers=lambda type_: type_ == _PROVIDER, violations=_provider),
    ResourceCheck(rule="outside-indonesia", covers=lambda type_: type_.startswith("aws:"), violations=_resource),
)
