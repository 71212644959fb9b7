"""User data is plain cloud-config that fits, or is refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from components.user_data import (
    BOOT_FILES,
    USER_DATA_LIMIT_BYTES,
    UserDataError,
    maintenance_user_data,
    service_user_data,
)

pytestmark = pytest.mark.unit

ARTEFACT = {"bucket": "b", "key": "artefacts/x.tar", "sha256": "ab" * 32, "python": "3.11"}
LOG = "/prakerja/prod/portal"


def files(text: str) -> dict[str, str]:
    return {entry["path"]: entry["content"] for entry in yaml.safe_load(text)["write_files"]}


def test_files_are_readable_text_in_blocks() -> None:
    text = service_user_data(environment={"A": "1"}, artefact=ARTEFACT, drain_seconds=30, log_group=LOG)
    assert text.startswith("#cloud-config\n")
    assert "content: |\n" in text
    document = yaml.safe_load(text)
    assert document["runcmd"] == [["/usr/local/sbin/prakerja-boot"]]
    assert all("encoding" not in entry for entry in document["write_files"])


def test_the_unit_gives_the_drain_its_time() -> None:
    text = service_user_data(environment={}, artefact=ARTEFACT, drain_seconds=30, log_group=LOG)
    unit = files(text)["/etc/systemd/system/prakerja.service"]
    assert "TimeoutStopSec=45\n" in unit
    assert "ExecStart=/usr/bin/python3.11 -m app.run\n" in unit
    assert "DynamicUser=yes\n" in unit
    assert "Restart=always\n" in unit


def test_the_maintenance_host_runs_nothing_by_itself() -> None:
    document = yaml.safe_load(maintenance_user_data(environment={}, artefact={"bucket": "b", "python": "3.11"}))
    assert "runcmd" not in document


@pytest.mark.parametrize("value", ["", "two words", 'a"b', "a\nB=1", "$HOME", "a'b"])
def test_a_value_that_a_shell_would_change_is_refused(value: str) -> None:
    with pytest.raises(UserDataError, match="NAME: "):
        service_user_data(environment={"NAME": value}, artefact=ARTEFACT, drain_seconds=30, log_group=LOG)


def test_user_data_beyond_what_ec2_takes_is_refused() -> None:
    with pytest.raises(UserDataError, match=rf"allowed: up to {USER_DATA_LIMIT_BYTES}"):
        service_user_data(
            environment={"NAME": "x" * USER_DATA_LIMIT_BYTES}, artefact=ARTEFACT, drain_seconds=30, log_group=LOG
        )


@pytest.mark.parametrize(
    "script", ["prakerja-boot", "prakerja-fetch", "prakerja-log", "prakerja-migrate", "prakerja-run"]
)
def test_boot_scripts_are_valid_bash(script: str) -> None:
    bash = shutil.which("bash")
    assert bash
    subprocess.run([bash, "-n", str(Path(BOOT_FILES) / script)], check=True)
