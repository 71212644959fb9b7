"""The keys that protect identity numbers, and what is done with them.

Numbers are encrypted with AES-256-GCM under a versioned key, bound to their row and column, so that a ciphertext
moved elsewhere no longer opens; so is what a message says of an identity. A NIK also has a keyed hash (HMAC-SHA-256):
equal numbers are found without opening any, and without the key nobody can try out all NIKs. The hash key is never
replaced, as uniqueness rests on it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = (
    12  # random: safe for 2**32 numbers under one key (NIST SP 800-38D), about 37 times the registrations so far
)


class KeyMaterial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The secret as it is kept: JSON, with the keys in base64."""

    hash_key: bytes
    encryption_keys: dict[int, bytes]
    current_version: int


def new_secret() -> str:
    """The text of a secret with fresh keys."""
    material = KeyMaterial(
        hash_key=os.urandom(_KEY_BYTES), encryption_keys={1: os.urandom(_KEY_BYTES)}, current_version=1
    )
    return msgspec.json.encode(material).decode()


class InvalidSecretError(ValueError):
    """The secret's text is not one that `new_secret` made, or holds no usable current key."""


class IdentityKeys:
    """The keys in use."""

    def __init__(self, secret: str) -> None:
        """Raises InvalidSecretError."""
        try:
            material = msgspec.json.decode(secret, type=KeyMaterial)
            self._ciphers = {version: AESGCM(key) for version, key in material.encryption_keys.items()}
            self._cipher = self._ciphers[material.current_version]
        except (msgspec.DecodeError, ValueError, KeyError) as error:
            raise InvalidSecretError(type(error).__name__) from error
        self._hash_key = material.hash_key
        self.version = material.current_version

    def has(self, version: int) -> bool:
        """Whether what was encrypted under this version can be opened."""
        return version in self._ciphers

    def nik_hash(self, nik: str) -> bytes:
        """32 bytes, equal for equal NIKs."""
        return hmac.digest(self._hash_key, nik.encode(), hashlib.sha256)

    def encrypt(self, text: str, *, account_id: UUID, column: str) -> bytes:
        """Nonce, ciphertext and tag, under the key of `version`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), _place(account_id, column))

    def decrypt(self, sealed: bytes, *, version: int, account_id: UUID, column: str) -> str:
        """The text, with a version that the keys have.

        Raises cryptography.exceptions.InvalidTag where row, column or key is not the one it was for.
        """
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self._ciphers[version].decrypt(nonce, ciphertext, _place(account_id, column)).decode()


def _place(account_id: UUID, column: str) -> bytes:
    return account_id.bytes + column.encode()
