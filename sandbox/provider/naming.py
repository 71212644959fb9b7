"""Physical names for resources that the program leaves unnamed, as Pulumi makes them.

A generated name is part of the checked inputs, so it stays until the resource is replaced; the replacement gets another
one, so both can exist at once.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from sandbox.provider.values import UNKNOWN, Properties

RANDOM_DIGITS = 7
_GENERATED = re.compile(rf".+-[0-9a-f]{{{RANDOM_DIGITS}}}")


@dataclass(frozen=True, kw_only=True)
class Naming:
    """How a physical name is made where the program gives none: logical name, a hyphen, seven hex digits.

    limit: characters. lower: the service takes lower case only.
    """

    limit: int
    input: str = "name"
    prefix_input: str | None = "namePrefix"
    lead: str = ""
    lower: bool = False


class NameTooLongError(ValueError):
    """The logical name leaves no room for what makes a physical name unique."""


def named(naming: Naming, logical_name: str, seed: bytes, old: Properties, new: Properties) -> Properties:
    """The inputs with a physical name.

    seed: the engine's, so that a preview and the update after it agree; may be empty.
    Raises NameTooLongError.
    """
    if naming.input in new:
        return new
    prefix = new.get(naming.prefix_input) if naming.prefix_input else None
    if prefix is UNKNOWN:
        return {**new, naming.input: UNKNOWN}
    lead = prefix if prefix is not None else f"{naming.lead}{logical_name}-"
    if naming.lower:
        lead = lead.lower()
    kept = old.get(naming.input)
    if isinstance(kept, str) and (kept.startswith(lead) or (prefix is None and _GENERATED.fullmatch(kept))):
        return {**new, naming.input: kept}  # a resource that got another logical name keeps its physical one
    if len(lead) + RANDOM_DIGITS > naming.limit:
        raise NameTooLongError(
            f"{lead!r} and {RANDOM_DIGITS} random digits exceed the {naming.limit} characters that are allowed here"
        )
    digits = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(RANDOM_DIGITS)
    return {**new, naming.input: lead + digits[:RANDOM_DIGITS]}


def taken(naming: Naming | None, logical_name: str, inputs: Properties, replacing: set[str]) -> bool:
    """Whether a replacement would want the very name of what it replaces, so that the old one must go first."""
    if naming is None or not replacing or naming.input in replacing:
        return False
    if naming.prefix_input is not None and naming.prefix_input in inputs:
        return False
    generated = re.escape(f"{naming.lead}{logical_name}-") + f"[0-9a-f]{{{RANDOM_DIGITS}}}"
    name = inputs.get(naming.input)
    return isinstance(name, str) and not re.fullmatch(generated, name, re.IGNORECASE if naming.lower else 0)
