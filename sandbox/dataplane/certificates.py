"""The sandbox's own certificate authority, and certificates for the addresses of databases and caches."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = timedelta(days=3650)


class CertificateAuthority:
    """The authority that the services' CA bundle holds, made on first use, kept in the sandbox's secrets."""

    def __init__(self, secrets: Path) -> None:
        self.certificate_file = secrets / "ca.pem"
        key_file = secrets / "ca.key"
        if not self.certificate_file.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            _write_key(key_file, key)
            self.certificate_file.write_bytes(_pem(_authority_certificate(key)))
        loaded = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key_file} holds no elliptic-curve key")
        self._key = loaded
        self._issued: dict[str, tuple[bytes, bytes]] = {}
        self._certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())

    def certificate(self, address: str) -> tuple[bytes, bytes]:
        """A certificate chain for an IP address and its private key, both PEM; the same each time."""
        if address not in self._issued:
            self._issued[address] = self._issue(address)
        return self._issued[address]

    def _issue(self, address: str) -> tuple[bytes, bytes]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(address, self._certificate.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return _pem(certificate) + _pem(self._certificate), _key_pem(key)


def _authority_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = "Prakerja sandbox authority"
    usage = {"key_cert_sign": True, "crl_sign": True}
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    unused = dict.fromkeys((*others, "key_agreement", "encipher_only", "decipher_only"), False)
    return (
        _builder(name, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage, **unused), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _LIFE)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(_key_pem(key))
