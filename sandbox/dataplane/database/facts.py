"""What the proxy has to know, sent to it by the data plane as one JSON document a line over an inherited socket.

Secrets travel this way alone: never in arguments, an environment or a file.
"""

from __future__ import annotations

from typing import Any

import msgspec


class InstanceRole(msgspec.Struct, frozen=True):
    """An instance's secret access key and its instance profile."""

    secret_access_key: str
    profile: str


class ProxyFacts(msgspec.Struct, frozen=True):
    """Everything that decides who may connect.

    address, port: where the proxy serves, and what a token must be for. sockets: the server's socket directory.
    master_password: the value in Secrets Manager now. roles: by access key id. policies: by instance profile.
    """

    address: str
    port: int
    resource_id: str
    sockets: str
    force_tls: bool
    iam_authentication: bool
    master_username: str
    master_password: str
    certificate: str
    private_key: str
    roles: dict[str, InstanceRole]
    policies: dict[str, list[dict[str, Any]]]
