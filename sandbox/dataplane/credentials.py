"""AWS credentials of what runs: an instance's, as its metadata service would hand them out, and a pod's, as EKS would.

They are derived, not stored: the key id from the instance's id or the pod identity association's, the secret from the
key id under the sandbox's own key. Whoever injects them and the proxies that verify with them need no shared table.
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
    """The sandbox's key for deriving credentials, made (mode 0600) if it isn't there."""
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            output.write(secrets.token_bytes(_KEY_BYTES))
    return file.read_bytes()


def instance_credentials(instance_id: str, key: bytes) -> Credentials:
    """The credentials of one instance under the sandbox's key."""
    return _derived(instance_id, key)


def pod_credentials(association_id: str, key: bytes) -> Credentials:
    """The credentials of the pods that have a pod identity association, under the sandbox's key."""
    return _derived(f"pod-identity:{association_id}", key)


def _derived(identity: str, key: bytes) -> Credentials:
    digest = base64.b32encode(hashlib.sha256(identity.encode()).digest()).decode()
    access_key_id = "ASIA" + digest[:16]
    secret = base64.b64encode(hmac.new(key, access_key_id.encode(), hashlib.sha256).digest())
    return Credentials(access_key_id, secret.decode())
