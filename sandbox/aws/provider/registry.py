"""Every resource type that the provider serves."""

from __future__ import annotations

import difflib

from sandbox.aws.provider import declarations as declared
from sandbox.aws.provider.declaration import Declaration
from sandbox.aws.provider.recorded import TYPES, recorded
from sandbox.provider.sdk import UnknownTypeError, resource_type


class UnservedTypeError(LookupError):
    """A resource type that the sandbox does not serve."""


_DECLARED = {declaration.type: declaration for declaration in declared.ALL}


def declarations() -> dict[str, Declaration]:
    """The declarations by type token."""
    return _DECLARED | {token: recorded(token) for token in TYPES}


def declaration(token: str) -> Declaration:
    """The declaration of a type. Raises UnservedTypeError, which says whether pulumi-aws has it at all."""
    if token in _DECLARED:
        return _DECLARED[token]
    if token in TYPES:
        return recorded(token)
    try:
        resource_type(token)
    except UnknownTypeError as error:
        raise UnservedTypeError(str(error)) from None
    nearest = difflib.get_close_matches(token, declarations(), n=1)
    hint = f"; the nearest that it serves: {nearest[0]}" if nearest else ""
    raise UnservedTypeError(f"the sandbox does not serve {token}{hint}")
