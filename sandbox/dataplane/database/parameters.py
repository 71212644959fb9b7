"""An RDS instance's parameters as a PostgreSQL server's configuration."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

# Memory of RDS's instance sizes in GiB (RDS user guide, "Hardware specifications for DB instance classes"): burstable
# classes to `large`, m classes from `large` up; r classes have twice an m class's.
_BURSTABLE_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_GENERAL_GIB_LARGE = 8
SUPERUSER = "rdsadmin"  # RDS's own; nobody logs in as it

_MOST_CONNECTIONS = 5000
_BYTES_PER_CONNECTION = 9_531_392  # RDS's default: LEAST({DBInstanceClassMemory/9531392}, 5000)
_DEFAULT_CONNECTIONS = 100

# The machine's, not the instance's: sized by RDS for the class, and here left small.
_OF_THE_MACHINE = {"shared_buffers", "effective_cache_size", "huge_pages", "shared_preload_libraries"}
# What the sandbox decides: durable, and reachable through the proxy alone.
_FIXED = {"fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "port", "ssl", "max_connections"}


def forces_tls(parameters: Mapping[str, str]) -> bool:
    """Whether connections without TLS are refused: `rds.force_ssl`, on by default from PostgreSQL 15 on."""
    return parameters.get("rds.force_ssl", "1") == "1"


def max_connections(parameters: Mapping[str, str], instance_class: str | None) -> int:
    """The most connections at a time: the parameter's value, or what RDS derives from the class's memory."""
    value = parameters.get("max_connections", "")
    if value.isdigit():
        return int(value)
    memory = _memory_gib(instance_class) if instance_class else None
    return min(memory * 2**30 // _BYTES_PER_CONNECTION, _MOST_CONNECTIONS) if memory else _DEFAULT_CONNECTIONS


def _memory_gib(instance_class: str) -> int | None:
    """The memory of a class such as `db.m7g.2xlarge`; None where it isn't known."""
    _, family, size = instance_class.split(".")
    if family.startswith("t"):
        return _BURSTABLE_GIB.get(size)
    factor = {"large": 1, "xlarge": 2}.get(size) or 2 * int(size.removesuffix("xlarge"))
    return _GENERAL_GIB_LARGE * factor * {"m": 1, "r": 2}[family[0]]


def configuration(
    parameters: Mapping[str, str], known: Collection[str], instance_class: str | None, sockets: Path
) -> str:
    """The contents of `postgresql.conf`.

    known: the parameters that this server has; RDS's own (`rds.…`), formulas and what only the machine decides are
    left out. sockets: the directory of the Unix socket, the server's only entrance.
    """
    ours = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": str(max_connections(parameters, instance_class)),
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": "64MB",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    theirs = {
        name: value
        for name, value in parameters.items()
        if name in known and name not in _OF_THE_MACHINE | _FIXED and "{" not in value
    }
    return "".join(f"{name} = {_quoted(value)}\n" for name, value in sorted((ours | theirs).items()))


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def host_based_authentication(master: str) -> str:
    """The contents of `pg_hba.conf`: behind the proxy only the master user and holders of `rds_iam` get in."""
    users = [f'"{SUPERUSER}"', f'"{master}"', "+rds_iam"]
    return "".join(f"local all {user} trust\n" for user in users) + "local all all reject\n"
