"""A stack's exported state (`pulumi stack export`) as rules see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policy.resource import STACK_TYPE, Resource
from policy.values import decode


def resources_of(exported: Mapping[str, Any]) -> list[Resource]:
    """The resources of an exported state; those on their way out are not among them."""
    return [
        Resource(
            urn=one["urn"],
            type=one["type"],
            inputs=decode(one.get("inputs") or {}),
            outputs=decode(one.get("outputs") or {}),
            property_dependencies={name: urns or () for name, urns in (one.get("propertyDependencies") or {}).items()},
        )
        for one in exported["deployment"].get("resources") or ()
        if not one.get("delete")
    ]


def environment_of(resources: list[Resource]) -> str:
    """The environment that a stack is, or rehearses: it says so in its outputs. Else its own name."""
    for resource in resources:
        if resource.type == STACK_TYPE:
            stated = resource.outputs.get("environment")
            return stated if isinstance(stated, str) else resource.urn.split(":")[2]
    return ""
