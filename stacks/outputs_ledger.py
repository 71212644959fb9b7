"""All that the program makes, kept as it is made, so that outputs are gathered and never written down twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi

from components.component import Component

R = TypeVar("R", bound=pulumi.Resource)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A resource that a provider makes.

    arguments: what it was asked for with, by the names of Pulumi's Python classes.
    """

    type: str
    name: str
    part: Component
    resource: pulumi.CustomResource
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """All of them in the order in which the program makes them, and all components."""

    entries: list[Entry] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def of(self, kind: type[R]) -> Iterator[tuple[Entry, R]]:
        """The resources of one class."""
        return ((entry, entry.resource) for entry in self.entries if isinstance(entry.resource, kind))

    def beside(self, entry: Entry, kind: type[R]) -> R | None:
        """The resource of that class in the same component, None where there is none."""
        return next((resource for other, resource in self.of(kind) if other.part is entry.part), None)

    def belonging_to(self, part: Component) -> list[Entry]:
        """The component's own resources."""
        return [entry for entry in self.entries if entry.part is part]


def keep_ledger() -> Ledger:
    """A ledger of all that the program makes from now on."""
    ledger = Ledger()

    def keep(args: pulumi.ResourceTransformationArgs) -> None:
        if isinstance(args.resource, Component):
            ledger.parts.append(args.resource)
        # A provider is a way to make things, not a thing of the platform's.
        elif isinstance(args.resource, pulumi.CustomResource) and not args.type_.startswith("pulumi:"):
            if not isinstance(args.opts.parent, Component):
                raise TypeError(f"{args.type_} '{args.name}' is no component's child")
            ledger.entries.append(
                Entry(
                    type=args.type_,
                    name=args.name,
                    part=args.opts.parent,
                    resource=args.resource,
                    arguments=dict(args.props),
                )
            )

    transform: Callable[[pulumi.ResourceTransformationArgs], None] = keep
    pulumi.runtime.register_stack_transformation(transform)
    return ledger
