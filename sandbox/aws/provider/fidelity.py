"""How much stands behind AWS's resource types, drawn from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.aws.provider.checking import handled_inputs
from sandbox.aws.provider.registry import declarations
from sandbox.provider.fidelity import TypeFidelity
from sandbox.provider.sdk import resource_type


def every_type() -> Iterator[TypeFidelity]:
    """All served types."""
    for token, declared in declarations().items():
        yield TypeFidelity(
            type=token,
            fidelity=declared.fidelity,
            behind=declared.behind,
            handled=len(handled_inputs(declared)),
            inputs=len(resource_type(token).inputs),
        )
