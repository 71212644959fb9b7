"""The credentials by which partners' stand-ins know us, and the operator who puts the first ones.

The platform makes a secret for each partner's credential and no value for it: a partner gives the first one to an
operator, who puts it. Here the sandbox does what the operator would, as soon as there is such a secret, and says so on
standard error. Its value is as random as a real one; of what it names only `token_url` is answered, by `partners.py`.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

CURRENT = "AWSCURRENT"
# `<environment>-partner-<name>-credential-` and Pulumi's seven hex digits.
_NAME = re.compile(r"[a-z0-9-]+-partner-(?P<partner>[a-z]+)-credential-[0-9a-f]{7}")


def put_first_ones(backend: SecretsManagerBackend) -> bool:
    """Put a credential into each partner's secret that has none. Whether there was one."""
    empty = [(partner, secret) for partner, secret in _partners_secrets(backend) if not secret.versions]
    for partner, secret in empty:
        backend.put_secret_value(secret.name, _first_one(partner), "", str(uuid4()), [CURRENT])
        print(f"put a first credential of the partner {partner} into {secret.name}, as its operator", file=sys.stderr)
    return bool(empty)


def current_ones(backend: SecretsManagerBackend, partner: str) -> Iterator[dict[str, str]]:
    """The credentials that the partner knows: those that its secrets hold now."""
    for name, secret in _partners_secrets(backend):
        for version in secret.versions.values():
            if name == partner and CURRENT in version["version_stages"]:
                yield json.loads(version["secret_string"])


def _partners_secrets(backend: SecretsManagerBackend) -> list[tuple[str, FakeSecret]]:
    everything = cast("dict[str, Any]", backend.secrets).values()
    return [
        (match["partner"], secret)
        for secret in everything
        if isinstance(secret, FakeSecret) and not secret.is_deleted() and (match := _NAME.fullmatch(secret.name))
    ]


def _first_one(partner: str) -> str:
    client_id, origin = f"prakerja-{secrets.token_hex(4)}", f"https://{partner}.partner.invalid"
    return json.dumps(
        {
            "client_id": client_id,
            "client_secret": secrets.token_urlsafe(32),
            "token_url": f"{origin}/token",
            "registration_client_uri": f"{origin}/register/{client_id}",
            "registration_access_token": secrets.token_urlsafe(32),
        }
    )
