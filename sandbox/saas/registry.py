"""Every resource type of the vendors' that the sandbox serves."""

from __future__ import annotations

from sandbox.provider.checking import nearest
from sandbox.provider.sdk import UnknownTypeError, resource_type
from sandbox.saas import cloudflare, grafana, pagerduty
from sandbox.saas.declaration import Recorded

VENDORS = {
    "cloudflare": {declared.type: declared for declared in cloudflare.ALL},
    "grafana": {declared.type: declared for declared in grafana.ALL},
    "pagerduty": {declared.type: declared for declared in pagerduty.ALL},
}
"""By the provider's name, then by type token."""

DECLARED = {token: declared for types in VENDORS.values() for token, declared in types.items()}


class UnservedTypeError(LookupError):
    """A resource type, or a function, that the sandbox does not serve."""


def declaration(token: str) -> Recorded:
    """The declaration of a type. Raises UnservedTypeError, which says whether the SDK has it at all."""
    if token in DECLARED:
        return DECLARED[token]
    try:
        resource_type(token)
    except UnknownTypeError as error:
        raise UnservedTypeError(str(error)) from None
    raise UnservedTypeError(f"the sandbox does not serve {token}{nearest(token, DECLARED)}")
