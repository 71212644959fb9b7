"""What is wrong with a recorded resource's inputs."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.provider.checking import Failure, missing, nearest, unknown, wrong_types
from sandbox.provider.sdk import resource_type
from sandbox.provider.values import Properties
from sandbox.saas.declaration import Recorded


def handled_inputs(declared: Recorded) -> Collection[str]:
    """The inputs that the sandbox takes."""
    return resource_type(declared.type).inputs.keys() - declared.unhandled


def failures(declared: Recorded, inputs: Properties) -> list[Failure]:
    """Everything that is wrong with the inputs."""
    of = resource_type(declared.type)
    handled = handled_inputs(declared)
    unhandled = [
        Failure(name, f"is not handled by the sandbox's {declared.type}{nearest(name, handled)}")
        for name in inputs
        if name in declared.unhandled
    ]
    return [*unknown(of, inputs), *unhandled, *missing(of, inputs), *wrong_types(of, inputs)]
