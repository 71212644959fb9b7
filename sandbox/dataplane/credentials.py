"""An instance's AWS credentials, as its metadata service would hand them out.

They are derived, not stored: the key id from the instance's id, the secret from the key id under the sandbox's own
key. The runner that injects them and the database proxy that verifies with them need no shared table.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

_KEY_BYTES = 32


@dataclass(frozen=True)
class Credentials:
    """An access key. `ASIA` marks it as a role's, as on AWS."""

    access_key_id: str
    secret_access_key: str


def instance_key(file: Path) -> bytes:
    """The sandbox's key for deriving instance credentials, made (mode 0600) if it isn't there."""
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            output.write(secrets.token_bytes(_KEY_BYTES))
    return file.read_bytes()


def instance_credentials(instance_id: str, key: bytes) -> Credentials:
    """The credentials of one instance under the sandbox's key."""
    digest = base64.b32encode(hashlib.sha256(instance_id.encode()).digest()).decode()
    access_key_id = "ASIA" + digest[:16]
    secret = base64.b64encode(hmac.new(key, access_key_id.encode(), hashlib.sha256).digest())
    return Credentials(access_key_id, secret.decode())
