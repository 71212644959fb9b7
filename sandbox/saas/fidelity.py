"""How much stands behind the vendors' resource types, drawn from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.provider.fidelity import Fidelity, TypeFidelity
from sandbox.provider.sdk import resource_type
from sandbox.saas.checking import handled_inputs
from sandbox.saas.registry import DECLARED


def every_type() -> Iterator[TypeFidelity]:
    """All served types."""
    for token, declared in DECLARED.items():
        yield TypeFidelity(
            type=token,
            fidelity=Fidelity.RECORDED,
            behind=declared.behind,
            handled=len(handled_inputs(declared)),
            inputs=len(resource_type(token).inputs),
        )
