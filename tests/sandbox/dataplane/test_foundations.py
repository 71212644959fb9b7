"""Addresses, logs and credentials: small promises that others build on."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.boot import service_environment
from sandbox.dataplane.credentials import instance_credentials, instance_key, pod_credentials
from sandbox.dataplane.logs import bound_log
from sandbox.state import SandboxState

pytestmark = pytest.mark.unit


def test_a_private_address_has_a_loopback_twin_and_no_other_has() -> None:
    assert loopback_twin("10.20.96.5") == "127.20.96.5"
    assert loopback_twin("127.20.96.5") == "127.20.96.5"
    with pytest.raises(ValueError, match=r"192\.168\.1\.1"):
        loopback_twin("192.168.1.1")


def test_an_instances_credentials_are_its_own_and_the_same_each_time(tmp_path: Path) -> None:
    key = instance_key(tmp_path / "key")
    assert instance_key(tmp_path / "key") == key
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    one, two = instance_credentials("i-1", key), instance_credentials("i-2", key)
    assert one == instance_credentials("i-1", key)
    assert len(one.access_key_id) == len("ASIAIOSFODNN7EXAMPLE")
    assert {one.access_key_id, one.secret_access_key}.isdisjoint({two.access_key_id, two.secret_access_key})


def test_a_pods_credentials_are_its_associations_and_no_instances() -> None:
    assert pod_credentials("a-1", b"key") == pod_credentials("a-1", b"key")
    assert pod_credentials("a-1", b"key") != instance_credentials("a-1", b"key")
    assert pod_credentials("a-1", b"key") != pod_credentials("a-2", b"key")


def test_a_service_is_told_of_this_machine_what_the_program_wrote_for_aws(tmp_path: Path) -> None:
    state = SandboxState(tmp_path)
    state.create()
    ports = state.choose_ports()
    written = {
        "PRAKERJA_CACHE_CA_BUNDLE": "/etc/pki/tls/certs/ca-bundle.crt",
        "PRAKERJA_DATABASE_CA_BUNDLE": "/etc/prakerja/database-ca.pem",
        "PRAKERJA_SITE_URL": "https://prakerja.example",
        "PRAKERJA_SERVICE": "portal",
    }
    made = service_environment(
        written,
        state=state,
        credentials=pod_credentials("a-1", b"key"),
        address="10.20.47.9",
        served_by="portal-5d8f",
        release="0123456789ab",
    )
    assert made["PRAKERJA_CACHE_CA_BUNDLE"] == made["PRAKERJA_DATABASE_CA_BUNDLE"] == str(state.secrets / "ca.pem")
    assert made["PRAKERJA_SITE_URL"] == f"http://127.0.0.1:{ports.site}"
    assert made["PRAKERJA_LISTEN_HOST"] == "127.20.47.9"
    assert (made["PRAKERJA_SERVICE"], made["PRAKERJA_SERVED_BY"]) == ("portal", "portal-5d8f")


def test_a_log_that_grew_too_long_turns_over_under_its_writer(tmp_path: Path) -> None:
    log = tmp_path / "vm.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 100)
        bound_log(log, 50)
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert (tmp_path / "vm.log.1").stat().st_size == 100
