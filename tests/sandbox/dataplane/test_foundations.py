"""Addresses, logs and credentials: small promises that others build on."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.credentials import instance_credentials, instance_key
from sandbox.dataplane.logs import bound_log

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


def test_a_log_that_grew_too_long_turns_over_under_its_writer(tmp_path: Path) -> None:
    log = tmp_path / "vm.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 100)
        bound_log(log, 50)
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert (tmp_path / "vm.log.1").stat().st_size == 100
