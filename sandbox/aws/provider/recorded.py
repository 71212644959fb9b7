"""Resource types of which the sandbox remembers the inputs and nothing else.

Their inputs are checked against pulumi-aws's own types, so a preview still fails on a misspelt property. They are types
that moto lacks, or that nothing reads yet; each is named here, so that none is recorded by accident.
"""

from __future__ import annotations

import secrets
from functools import cache

from sandbox.aws.provider.declaration import Declaration, Model, Update, local
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.sdk import resource_type

TYPES = ("aws:cloudwatch/compositeAlarm:CompositeAlarm",)


@cache
def recorded(token: str) -> Declaration:
    """The declaration of a type that is only remembered. A change of any input is an update in place."""
    inputs = {name: local() for name in resource_type(token).inputs}
    name = token.rpartition(":")[2]
    return Declaration(
        type=token,
        service="sts",  # never called
        fidelity=Fidelity.RECORDED,
        inputs=inputs,
        create=lambda _work: f"{name}-{secrets.token_hex(8)}",
        read=_remembered,
        updates=(Update(lambda _work: None, tuple(inputs), after_create=False),),
        delete=None,
    )


def _remembered(work: Work) -> Model | None:
    """Nothing but the engine's own state knows it: it is there for as long as that says so, and can't be imported."""
    return {"Remembered": True} if work.inputs or work.state else None
