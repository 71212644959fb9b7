"""Which inputs differ, by property path, and what that does to the resource."""

from __future__ import annotations

from sandbox.aws.provider.comparison import same
from sandbox.aws.provider.declaration import Declaration, Input
from sandbox.provider.diffing import Change, Difference, changed_paths
from sandbox.provider.values import Properties


def differences(declaration: Declaration, old: Properties, new: Properties) -> list[Difference]:
    """How the new inputs differ from those that the resource was last made of."""
    found = []
    replacing = declaration.replaces(old, new) if declaration.replaces else set()
    for name in sorted({*old, *new}):
        spec = declaration.inputs.get(name, UNDECLARED)
        if spec.computed and name not in new:
            continue
        if not same(spec, old.get(name), new.get(name)):
            change = Change.REPLACES if name in replacing else spec.change
            paths = changed_paths(name, old.get(name), new.get(name), unordered=spec.unordered)
            found += [Difference(path, name, kind, change) for path, kind in paths]
    return found


# Tags and the region are every type's own; a declaration does not repeat them.
UNDECLARED = Input()
