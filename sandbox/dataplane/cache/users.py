"""A cache's users as Valkey's own: their access strings are ACL rules already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.dataplane.snapshot import CacheUser

ADMINISTRATOR = "sandbox-data-plane"  # the data plane's own; no client knows its password
_DEFAULT = "default"

# What ElastiCache lets nobody do, whatever the access string allows (ElastiCache user guide, "Supported and restricted
# Valkey and Redis OSS commands").
_RESTRICTED = (
    *(f"-acl|{command}" for command in ("deluser", "load", "log", "save", "setuser")),
    *("-bgrewriteaof", "-bgsave", "-config", "-debug", "-failover", "-migrate", "-module", "-psync", "-replicaof"),
    *("-save", "-shutdown", "-slaveof", "-sync"),
)


def set_users(users: Sequence[CacheUser], passwords: Mapping[str, str], known: set[str]) -> list[list[str]]:
    """The commands that bring the server's users in step.

    passwords: by name; what the server knows each user by. known: the names that the server has from before.
    """
    gone = known - {user.name for user in users}
    return [
        *(_remove_user(name) for name in sorted(gone)),
        *(_set_user(user, passwords[user.name]) for user in users),
    ]


def _remove_user(name: str) -> list[str]:
    """Valkey's default user can be put out of use only."""
    return ["ACL", "SETUSER", name, "reset"] if name == _DEFAULT else ["ACL", "DELUSER", name]


def _set_user(user: CacheUser, password: str) -> list[str]:
    return ["ACL", "SETUSER", user.name, "reset", *user.access_string.split(), *_RESTRICTED, f">{password}"]
