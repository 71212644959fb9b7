"""Private keys: made, read, and written in the formats that programs ask for."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Digest = hashes.SHA256 | hashes.SHA384 | hashes.SHA512
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

ALGORITHMS = ("RSA", "ECDSA", "ED25519")
CURVES: dict[str, ec.EllipticCurve] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}
FEWEST_RSA_BITS = 1024
_PUBLIC_EXPONENT = 65537
# By a curve's bits.
_DIGESTS: dict[int, Digest] = {384: hashes.SHA384(), 521: hashes.SHA512()}


class KeyFormatError(ValueError):
    """What is no private key in PEM format, or one of another algorithm."""


def generate(algorithm: str, *, rsa_bits: int, curve: str) -> PrivateKey:
    """A new key. Of the sizes only the algorithm's own counts."""
    match algorithm:
        case "RSA":
            return rsa.generate_private_key(_PUBLIC_EXPONENT, rsa_bits)
        case "ECDSA":
            return ec.generate_private_key(CURVES[curve])
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def read(pem: str) -> PrivateKey:
    """The key in PEM format. Raises KeyFormatError."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise KeyFormatError("is no private key in PEM format") from error
    if not isinstance(key, PrivateKey):
        raise KeyFormatError(f"is a private key of none of {', '.join(ALGORITHMS)}")
    return key


def algorithm_of(key: PrivateKey) -> str:
    """The algorithm's name."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def digest_for(key: PrivateKey) -> Digest | None:
    """The digest that a signature by the key is of: as strong as the key. Ed25519 has its own."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _DIGESTS.get(key.key_size, hashes.SHA256())
    return hashes.SHA256()


@dataclass(frozen=True)
class Written:
    """A key in every format. id: hex digest of the public key.

    What OpenSSH has no name for (curve P-224) is empty in its formats.
    """

    id: str
    private_pem: str
    private_pkcs8: str
    private_openssh: str
    public_pem: str
    public_openssh: str
    fingerprint_md5: str
    fingerprint_sha256: str


def written(key: PrivateKey) -> Written:
    """The key in every format."""
    public = key.public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    # PKCS#1 and SEC 1; Ed25519 has only PKCS#8.
    own = PrivateFormat.PKCS8 if isinstance(key, ed25519.Ed25519PrivateKey) else PrivateFormat.TraditionalOpenSSL
    openssh = not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1))
    public_openssh = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() if openssh else ""
    blob = base64.b64decode(public_openssh.split()[1]) if openssh else b""
    return Written(
        id=hashlib.sha1(der, usedforsecurity=False).hexdigest(),
        private_pem=_private_pem(key, own),
        private_pkcs8=_private_pem(key, PrivateFormat.PKCS8),
        private_openssh=_private_pem(key, PrivateFormat.OpenSSH) if openssh else "",
        public_pem=public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        public_openssh=f"{public_openssh}\n" if openssh else "",
        fingerprint_md5=_md5(blob),
        fingerprint_sha256=_sha256(blob),
    )


def _private_pem(key: PrivateKey, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def _md5(blob: bytes) -> str:
    return hashlib.md5(blob, usedforsecurity=False).digest().hex(":") if blob else ""


def _sha256(blob: bytes) -> str:
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}" if blob else ""
