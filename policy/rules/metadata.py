"""Instances hand out their credentials only to who asks by IMDSv2: a forged request can't."""

from __future__ import annotations

from collections.abc import Iterator

from policy.resource import Resource
from policy.rule import Check, ResourceCheck, of_types
from policy.values import read


def _version_1(resource: Resource) -> Iterator[str]:
    if read(resource.inputs, "metadataOptions.httpEndpoint") == "disabled":
        return
    tokens = read(resource.inputs, "metadataOptions.httpTokens")
    if tokens != "required":
        yield f"metadataOptions.httpTokens is {tokens or 'not set'}, required is needed"


CHECKS: tuple[Check, ...] = (
    ResourceCheck(
        rule="imds-v1",
        covers=of_types("aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate"),
        violations=_version_1,
    ),
)
