"""What a virtual machine is told at its first boot, as cloud-config: its service, its artefact, and how to run them.

The files under `boot/` are written to the machine as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

import yaml

BOOT_FILES = Path(__file__).parent / "boot"
# EC2 User Guide, instance user data: 16 KB before it is encoded.
USER_DATA_LIMIT_BYTES = 16 * 1024
CA_BUNDLE = "/etc/prakerja/rds-ca.pem"
# What the CloudWatch agent reads; `prakerja-log` writes there what the journal has of the service.
LOG_FILES = "/var/log/prakerja/*.log"
# Beyond the drain itself, before systemd kills what still runs.
STOP_MARGIN_SECONDS = 15
_EXECUTABLE = "0755"
_READABLE = "0644"
# What both systemd and a shell read from KEY=VALUE as it stands, without quotes.
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_./:@!,+-]+")


class UserDataError(ValueError):
    """User data that a machine could not use."""


def service_user_data(
    *, environment: Mapping[str, str], artefact: Mapping[str, str], drain_seconds: int, log_group: str
) -> str:
    """The cloud-config of a machine that runs a service.

    environment: the service's variables.
    artefact: `bucket`, `key`, `sha256` and `python` of what it runs.
    drain_seconds: that the service takes to stop, at most.
    log_group: name of the log group that its log goes to.
    """
    unit = Template((BOOT_FILES / "prakerja.service").read_text()).substitute(
        python=artefact["python"], stop_seconds=drain_seconds + STOP_MARGIN_SECONDS
    )
    return _cloud_config(
        [
            *_common_files(environment, artefact),
            _file("/usr/local/sbin/prakerja-boot", (BOOT_FILES / "prakerja-boot").read_text(), _EXECUTABLE),
            _file("/etc/systemd/system/prakerja.service", unit, _READABLE),
            _file("/etc/prakerja/log.json", json.dumps(_log_collection(log_group), indent=2) + "\n", _READABLE),
            _file("/usr/local/sbin/prakerja-log", (BOOT_FILES / "prakerja-log").read_text(), _EXECUTABLE),
            _file(
                "/etc/systemd/system/prakerja-log.service",
                (BOOT_FILES / "prakerja-log.service").read_text(),
                _READABLE,
            ),
        ],
        run=[["/usr/local/sbin/prakerja-boot"]],
    )


def maintenance_user_data(*, environment: Mapping[str, str], artefact: Mapping[str, str]) -> str:
    """The cloud-config of the machine that migrations and people's jobs run on.

    It names no release, so that it outlives them: the last one that was migrated to is `/opt/prakerja/current`.

    environment: the jobs' variables.
    artefact: `bucket` and `python`; the digest comes with each order to migrate.
    """
    programs = [
        _file(f"/usr/local/sbin/{name}", (BOOT_FILES / name).read_text(), _EXECUTABLE)
        for name in ("prakerja-migrate", "prakerja-run")
    ]
    return _cloud_config([*_common_files(environment, artefact), *programs], run=[])


def _common_files(environment: Mapping[str, str], artefact: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        _file("/etc/prakerja/service.env", _environment_file(environment), _READABLE),
        _file("/etc/prakerja/artefact.json", json.dumps(dict(artefact), indent=2) + "\n", _READABLE),
        _file("/usr/local/sbin/prakerja-fetch", (BOOT_FILES / "prakerja-fetch").read_text(), _EXECUTABLE),
    ]


def _log_collection(log_group: str) -> dict[str, Any]:
    """What the CloudWatch agent is told: one log and no metric, each of which would be billed.

    Of several files it begins with the newest. It makes no group where it may not, and its stream is this machine's.
    """
    log = {"file_path": LOG_FILES, "log_group_name": log_group, "log_stream_name": "machines/{instance_id}"}
    return {"agent": {"run_as_user": "cwagent"}, "logs": {"logs_collected": {"files": {"collect_list": [log]}}}}


def _environment_file(environment: Mapping[str, str]) -> str:
    for name, value in environment.items():
        if not _PLAIN_VALUE.fullmatch(value):
            raise UserDataError(f"{name}: '{value}' would need quotes; allowed: letters, digits and _ . / : @ ! , + -")
    return "".join(f"{name}={value}\n" for name, value in environment.items())


def _file(path: str, content: str, permissions: str) -> dict[str, str]:
    return {"path": path, "owner": "root:root", "permissions": permissions, "content": content}


def _cloud_config(files: list[dict[str, str]], *, run: list[list[str]]) -> str:
    document: dict[str, Any] = {"write_files": files}
    if run:
        document["runcmd"] = run
    text = "#cloud-config\n" + yaml.dump(document, Dumper=_BlockDumper, sort_keys=False, width=1000)
    size = len(text.encode())
    if size > USER_DATA_LIMIT_BYTES:
        raise UserDataError(f"user data has {size} bytes; allowed: up to {USER_DATA_LIMIT_BYTES}")
    return text


class _BlockDumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as a person would."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_BlockDumper.add_representer(str, _represent_text)
