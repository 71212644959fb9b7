"""A stack as rules see it: its resources, and what refers to what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policy.values import Secret

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource.

    inputs: what the program asks for.
    outputs: what the cloud has made of it; in a preview partly unknown.
    property_dependencies: by property, the URNs of the resources that its value comes from.
    """

    urn: str
    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    property_dependencies: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    def refers_to(self, other: Resource, name: str, identity: str) -> bool:
        """Whether a property comes from another resource, or names it by a value of its property `identity`."""
        if other.urn in self.property_dependencies.get(name, ()):
            return True
        return bool(other.identities(identity) & set(_texts(self.inputs.get(name))))

    def identities(self, name: str) -> set[str]:
        """What is known of a property that identifies the resource."""
        return {*_texts(self.inputs.get(name)), *_texts(self.outputs.get(name))}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The resources of a stack.

    before: those that it had before the change; None where that can't be told.
    changing: whether there is a change, rather than a stack looked at as it is.
    """

    resources: Sequence[Resource]
    before: Sequence[Resource] | None = None
    changing: bool = False

    def of_type(self, *types: str) -> Iterator[Resource]:
        """The resources of some types."""
        return (resource for resource in self.resources if resource.type in types)


def _texts(value: Any) -> Iterator[str]:
    value = value.value if isinstance(value, Secret) else value
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item
