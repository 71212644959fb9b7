"""What a virtual machine learns from its cloud-init user data."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import yaml

from sandbox.dataplane.runner.artefacts import ArtefactSource
from sandbox.dataplane.runner.errors import BootError

_ENVIRONMENT_FILE = "/etc/prakerja/service.env"
_ARTEFACT_FILE = "/etc/prakerja/artefact.json"
_UNIT_FILE = "/etc/systemd/system/prakerja.service"
_DEFAULT_RESTART_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class UserData:
    """The parts of a cloud-config that this machine acts on.

    artefact, restart_seconds: None where the instance runs no service unit (the maintenance host).
    """

    environment: dict[str, str]
    artefact: ArtefactSource | None
    restart_seconds: float | None


@lru_cache(maxsize=64)
def parse(text: str) -> UserData:
    """Read a cloud-config. Raises BootError, which names the file that is missing or wrong.

    A group's machines have the same one: reading it takes milliseconds, a thousand times over.
    """
    files = _written_files(text)
    if _ENVIRONMENT_FILE not in files:
        raise BootError(f"the user data writes no {_ENVIRONMENT_FILE}")
    return UserData(
        environment=_environment(files[_ENVIRONMENT_FILE]),
        artefact=_artefact(files[_ARTEFACT_FILE]) if _ARTEFACT_FILE in files else None,
        restart_seconds=_restart_seconds(files[_UNIT_FILE]) if _UNIT_FILE in files else None,
    )


def _written_files(text: str) -> dict[str, str]:
    if not text.startswith("#cloud-config\n"):
        raise BootError("the user data does not begin with #cloud-config")
    try:
        document = yaml.safe_load(text)
        return {entry["path"]: entry["content"] for entry in document["write_files"]}
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise BootError(f"the user data is no cloud-config with write_files: {error}") from error


def _environment(content: str) -> dict[str, str]:
    variables = {}
    for line in content.splitlines():
        name, separator, value = line.partition("=")
        if line.strip() and not line.startswith("#"):
            if not separator:
                raise BootError(f"{_ENVIRONMENT_FILE} has a line that is not KEY=VALUE: {name}")
            variables[name] = value
    return variables


def _artefact(content: str) -> ArtefactSource:
    try:
        return msgspec.json.decode(content, type=ArtefactSource)
    except msgspec.DecodeError as error:
        raise BootError(f"{_ARTEFACT_FILE}: {error}") from error


def _restart_seconds(unit: str) -> float:
    parser = configparser.RawConfigParser(strict=False)  # systemd lets a key repeat
    parser.read_string(unit)
    value = parser.get("Service", "RestartSec", fallback="").removesuffix("s")
    return float(value) if value else _DEFAULT_RESTART_SECONDS
