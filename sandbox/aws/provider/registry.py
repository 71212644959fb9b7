"""Every resource type that the provider serves."""

from __future__ import annotations

import difflib
from functools import cache

from sandbox.aws.provider import declarations as declared
from sandbox.aws.provider import recorded
from sandbox.aws.provider.declaration import Declaration
from sandbox.aws.provider.sdk import UnknownTypeError, resource_type


class UnservedTypeError(LookupError):
    """A resource type that the sandbox does not serve."""


@cache
def declarations() -> dict[str, Declaration]:
    """The declarations by type token."""
    return {declaration.type: declaration for declaration in (*declared.ALL, *recorded.ALL)}


def declaration(token: str) -> Declaration:
    """The declaration of a type. Raises UnservedTypeError, which says whether pulumi-aws has it at all."""
    found = declarations().get(token)
    if found is not None:
        return found
    try:
        resource_type(token)
    except UnknownTypeError as error:
        raise UnservedTypeError(str(error)) from None
    nearest = difflib.get_close_matches(token, declarations(), n=1)
    hint = f"; the nearest that it serves: {nearest[0]}" if nearest else ""
    raise UnservedTypeError(f"the sandbox does not serve {token}{hint}")
