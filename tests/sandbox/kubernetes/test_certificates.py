"""A cluster's certificates: each is for one purpose, and the authorities don't stand in for one another."""

from __future__ import annotations

import stat
from ipaddress import IPv4Network, ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.kubernetes.control_plane import certificates

pytestmark = pytest.mark.unit

SERVERS = ("api-server", "kubelet")
CLIENTS = {
    "admin": "ca",
    "kube-controller-manager": "ca",
    "kube-scheduler": "ca",
    "kubelet-client": "kubelet-client-ca",
    "front-proxy-client": "front-proxy-ca",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("kubernetes")
    certificates.make(directory, IPv4Network("172.20.0.0/16"))
    return directory


def read(directory: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((directory / f"{name}.pem").read_bytes())


def names(certificate: x509.Certificate) -> tuple[set[str], set[str]]:
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in alternatives.get_values_for_type(x509.IPAddress)}
    return set(alternatives.get_values_for_type(x509.DNSName)), addresses


def usages(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_the_api_server_is_known_on_loopback_and_by_its_service(made: Path) -> None:
    hosts, addresses = names(read(made, "api-server"))
    assert {"localhost", "kubernetes.default.svc"} <= hosts
    assert addresses == {"127.0.0.1", "172.20.0.1"}


def test_the_kubelets_of_every_zone_are_known(made: Path) -> None:
    hosts, addresses = names(read(made, "kubelet"))
    assert hosts == {"localhost"}
    assert addresses == {f"127.0.1.{number}" for number in range(1, 10)}
    assert all(ip_address(address).is_loopback for address in addresses)


def test_servers_and_clients_can_be_nothing_else(made: Path) -> None:
    for name in SERVERS:
        assert usages(read(made, name)) == [ExtendedKeyUsageOID.SERVER_AUTH]
    for name in CLIENTS:
        assert usages(read(made, name)) == [ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize(("client", "authority"), CLIENTS.items())
def test_each_client_is_of_one_authority(made: Path, client: str, authority: str) -> None:
    read(made, client).verify_directly_issued_by(read(made, authority))
    for other in set(CLIENTS.values()) - {authority}:
        with pytest.raises((ValueError, InvalidSignature)):
            read(made, client).verify_directly_issued_by(read(made, other))


def test_only_the_administrator_is_in_the_masters_group(made: Path) -> None:
    groups = {
        client: [
            attribute.value
            for attribute in read(made, client).subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        ]
        for client in CLIENTS
    }
    assert {client for client, found in groups.items() if found} == {"admin"}
    assert groups["admin"] == ["system:masters"]


def test_nobody_else_can_read_a_file(made: Path) -> None:
    assert {stat.S_IMODE(file.stat().st_mode) for file in made.iterdir()} == {0o600}


def test_the_keys_that_sign_for_the_api_server_are_forgotten(made: Path) -> None:
    assert {file.name for file in made.glob("*ca.key")} == {"ca.key"}


def test_service_accounts_have_a_key_that_the_api_server_reads(made: Path) -> None:
    assert (made / "service-accounts.key").read_text().startswith("-----BEGIN EC PRIVATE KEY-----")


def test_a_cluster_keeps_its_certificates(made: Path) -> None:
    before = {file.name: file.read_bytes() for file in made.iterdir()}
    certificates.make(made, IPv4Network("172.20.0.0/16"))
    assert {file.name: file.read_bytes() for file in made.iterdir()} == before


def test_making_them_that_was_broken_off_begins_anew(tmp_path: Path) -> None:
    certificates.make(tmp_path, IPv4Network("172.20.0.0/16"))
    (tmp_path / "ca.pem").unlink()
    certificates.make(tmp_path, IPv4Network("172.20.0.0/16"))
    for name in ("api-server", "kubelet", "admin"):
        read(tmp_path, name).verify_directly_issued_by(read(tmp_path, "ca"))


def test_two_clusters_share_no_key(made: Path, tmp_path: Path) -> None:
    certificates.make(tmp_path, IPv4Network("172.20.0.0/16"))
    for file in tmp_path.iterdir():
        assert file.read_bytes() != (made / file.name).read_bytes()
