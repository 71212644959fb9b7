"""What a machine reads of its user data."""

from __future__ import annotations

import pytest

from sandbox.dataplane.runner.errors import BootError
from sandbox.dataplane.virtual_machines.user_data import parse
from tests.sandbox.dataplane import platform

pytestmark = pytest.mark.unit

SHA256 = "ab" * 32


def test_a_services_machine_knows_its_environment_artefact_and_restart_delay() -> None:
    found = parse(platform.user_data(SHA256, NAME="a=b"))
    assert found.environment["PRAKERJA_SERVICE"] == "registration"
    assert found.environment["NAME"] == "a=b"
    assert found.artefact is not None
    assert (found.artefact.sha256, found.artefact.python) == (SHA256, "3.11")
    assert found.restart_seconds == 0.2


def test_a_machine_without_a_unit_runs_no_service_but_knows_where_releases_are() -> None:
    found = parse(platform.maintenance_user_data())
    assert found.restart_seconds is None
    assert found.artefact is not None
    assert found.artefact.of_release(SHA256).key == f"artefacts/{SHA256}.tar"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "#cloud-config"),
        ("#!/bin/bash\n", "#cloud-config"),
        ("#cloud-config\nruncmd: []\n", "write_files"),
        ("#cloud-config\nwrite_files: [\n", "write_files"),
        (platform.cloud_config({"/etc/motd": "hello"}), "/etc/prakerja/service.env"),
        (platform.cloud_config({"/etc/prakerja/service.env": "export A\n"}), "export A"),
        (
            platform.cloud_config({"/etc/prakerja/service.env": "", "/etc/prakerja/artefact.json": '{"bucket": 1}'}),
            "artefact.json",
        ),
    ],
)
def test_user_data_that_cannot_be_used_is_named(text: str, fault: str) -> None:
    with pytest.raises(BootError, match=fault):
        parse(text)
