"""What the edge's credential is for: a server that trusts its authority takes the edge, and nobody else."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from components.edge_credential import EdgeCredential, EdgeCredentialArgs
from sandbox.provider.values import Properties, from_wire, to_wire
from sandbox.tls.resources import KINDS
from tests.components.recorder import Recording, record

pytestmark = pytest.mark.unit

KEY = "tls:index/privateKey:PrivateKey"
NAME = "prod-edge-credential"
AUTHORITY = f"{NAME}-authority"


class Credential:
    """The edge's credential, made with the component's own inputs, as files."""

    def __init__(self, recording: Recording, directory: Path) -> None:
        directory.mkdir()
        self._recording = recording
        authority_key = self._made(KEY, AUTHORITY)["privateKeyPem"]
        authority = self._made("tls:index/selfSignedCert:SelfSignedCert", AUTHORITY, privateKeyPem=authority_key)
        key = self._made(KEY, NAME)["privateKeyPem"]
        request = self._made("tls:index/certRequest:CertRequest", NAME, privateKeyPem=key)
        certificate = self._made(
            "tls:index/locallySignedCert:LocallySignedCert",
            NAME,
            certRequestPem=request["certRequestPem"],
            caPrivateKeyPem=authority_key,
            caCertPem=authority["certPem"],
        )
        self.authority, self.client = directory / "authority.pem", directory / "client.pem"
        self.authority.write_text(authority["certPem"])
        self.client.write_text(certificate["certPem"] + key)

    def _made(self, token: str, name: str, **from_others: Any) -> Properties:
        recorded = self._recording.one(token, name).inputs
        inputs = from_wire(to_wire({**recorded, **from_others}))  # a whole number is one again
        assert not KINDS[token].failures(inputs)
        _, state = KINDS[token].created(inputs)
        return state


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record(lambda: EdgeCredential(NAME, EdgeCredentialArgs(domain="prakerja.go.id", bucket="ours")))


@pytest.fixture(scope="module")
def ours(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Credential:
    return Credential(recording, tmp_path_factory.mktemp("ours") / "credential")


@pytest.fixture(scope="module")
def another(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Credential:
    """Made just alike, by somebody else."""
    return Credential(recording, tmp_path_factory.mktemp("another") / "credential")


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> str | None:
    """Name of the client's certificate that the server has verified. Raises ssl.SSLError where it refuses."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server, server_hostname="prakerja.go.id"),
    ]
    # Each waits for the other a few times; the server's last word comes after the client thinks it is done.
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    shown = ends[0].getpeercert(binary_form=True)
    if shown is None:
        return None
    (name,) = x509.load_der_x509_certificate(shown).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(name.value)


def balancer(trusting: Credential) -> ssl.SSLContext:
    """A server that asks for a certificate as a listener with a trust store does. Its own is of no matter here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusting.client)
    context.load_verify_locations(trusting.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def visitor(showing: Credential | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if showing:
        context.load_cert_chain(showing.client)
    return context


def test_the_edge_is_let_in(ours: Credential) -> None:
    assert shake_hands(balancer(ours), visitor(ours)) == "prakerja.go.id edge"


def test_who_shows_nothing_is_refused(ours: Credential) -> None:
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake_hands(balancer(ours), visitor(None))


def test_who_shows_a_certificate_of_the_same_name_is_refused(ours: Credential, another: Credential) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(balancer(ours), visitor(another))
