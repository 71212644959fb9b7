"""Refuses a whole platform's deletion before its first resource goes.

The engine's own protection holds the protected resource and what that depends on. What depends on it, or on nothing
protected, goes all the same: a `pulumi destroy --skip-preview` would take the fleets, rules and routes of a platform
whose database stays. Deletion begins with what nothing depends on, and leaves alone what a refused deletion depends
on. So the guards come last, depend on everything, and are protected: the engine refuses them first, by the names of
what they stand for, and touches nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.component import Classification, Component


@dataclass(frozen=True, kw_only=True)
class DeletionGuardArgs:
    """platform: all components of the platform.
    deletion_protection: refuse. While it is off the guard is there all the same, or it could not be lifted.
    """

    platform: Sequence[Component]
    deletion_protection: bool


class DeletionGuard(Component):
    """Depends on the whole platform; one child stands for each stateful resource, and is refused in its name."""

    layer = "foundation"

    def __init__(self, name: str, args: DeletionGuardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        everything = pulumi.ResourceOptions(depends_on=list(args.platform))
        super().__init__(name, Classification(data_class="internal"), pulumi.ResourceOptions.merge(opts, everything))
        self.guarded = [stateful for component in args.platform for stateful in component.stateful]
        for stateful in self.guarded:
            pulumi.ComponentResource(
                "prakerja:foundation:Guarded",
                stateful,
                opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
            )
        self.register_outputs({})
