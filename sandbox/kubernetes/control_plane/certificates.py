"""The keys and certificates of one cluster, made when it is.

Three authorities, as their holders must not stand in for one another: the cluster's own, of which every client and
server certificate is; that of the API server as a client of kubelets; and that of the API server as a proxy in front of
aggregated APIs. The latter two's keys are forgotten once they have signed their one certificate.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.state import LOOPBACK

# Nodes are served at these addresses, one a zone.
KUBELET_ADDRESSES = tuple(f"127.0.1.{number}" for number in range(1, 10))

FRONT_PROXY = "front-proxy-client"
_LIFE = timedelta(days=3650)
_CERTIFICATE = "ca.pem"


@dataclass(frozen=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make(directory: Path, service_network: IPv4Network) -> None:
    """Fill a cluster's directory with keys and certificates, unless it has them all already.

    service_network: that of Services' addresses, of which the API server has the first.
    """
    if (directory / _CERTIFICATE).exists():
        return
    cluster = _authority("kubernetes")
    kubelet_clients = _authority("kubelet-client")
    front_proxy = _authority("front-proxy")
    _write_pair(directory, "api-server", _server(cluster, "kube-apiserver", _api_server_names(service_network)))
    kubelet_names = _names(("localhost",), KUBELET_ADDRESSES)
    _write_pair(directory, "kubelet", _server(cluster, "kubelet", kubelet_names))
    _write_pair(directory, "admin", _client(cluster, "sandbox-administrator", "system:masters"))
    for name in ("kube-controller-manager", "kube-scheduler"):
        _write_pair(directory, name, _client(cluster, f"system:{name}"))
    _write_pair(directory, "kubelet-client", _client(kubelet_clients, "kube-apiserver-kubelet-client"))
    _write_pair(directory, "front-proxy-client", _client(front_proxy, FRONT_PROXY))
    _write(directory / "kubelet-client-ca.pem", _pem(kubelet_clients.certificate))
    _write(directory / "front-proxy-ca.pem", _pem(front_proxy.certificate))
    _write(directory / "service-accounts.key", _service_account_key())
    _write(directory / "encryption.yaml", _encryption().encode())
    _write(directory / "ca.key", _key_pem(cluster.key))
    _write(directory / _CERTIFICATE, _pem(cluster.certificate))  # last: it says that all are there


def _api_server_names(service_network: IPv4Network) -> x509.SubjectAlternativeName:
    in_cluster = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
    return _names(("localhost", *in_cluster), (LOOPBACK, str(service_network[1])))


def _names(hosts: Sequence[str], addresses: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [*(x509.DNSName(host) for host in hosts), *(x509.IPAddress(ip_address(address)) for address in addresses)]
    )


def _authority(name: str) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"{name}-ca")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _Authority(builder.sign(key, hashes.SHA256()), key)


def _server(authority: _Authority, name: str, names: x509.SubjectAlternativeName) -> tuple[bytes, bytes]:
    return _issue(authority, _subject(name), ExtendedKeyUsageOID.SERVER_AUTH, names)


def _client(authority: _Authority, user: str, group: str | None = None) -> tuple[bytes, bytes]:
    return _issue(authority, _subject(user, group), ExtendedKeyUsageOID.CLIENT_AUTH, None)


def _issue(
    authority: _Authority, subject: x509.Name, usage: x509.ObjectIdentifier, names: x509.SubjectAlternativeName | None
) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = authority.key.public_key()
    builder = (
        _builder(subject, authority.certificate.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return _pem(builder.sign(authority.key, hashes.SHA256())), _key_pem(key)


def _subject(user: str, group: str | None = None) -> x509.Name:
    """The API server reads a client's user from its common name, and its group from its organisation."""
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, user)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _LIFE)
    )


def _service_account_key() -> bytes:
    """The key that service accounts' tokens are signed with; the API server reads no PKCS 8 here."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _encryption() -> str:
    """Secrets are encrypted in etcd, as EKS does."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return (
        "apiVersion: apiserver.config.k8s.io/v1\n"
        "kind: EncryptionConfiguration\n"
        "resources:\n"
        "  - resources: [secrets]\n"
        "    providers:\n"
        f"      - secretbox: {{keys: [{{name: sandbox, secret: {key}}}]}}\n"
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_pair(directory: Path, name: str, pair: tuple[bytes, bytes]) -> None:
    certificate, key = pair
    _write(directory / f"{name}.pem", certificate)
    _write(directory / f"{name}.key", key)


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
