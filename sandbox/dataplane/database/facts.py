"""What the database's proxy has to know, as one JSON document a line."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.dataplane.proxies.principals import Principal


class ProxyFacts(msgspec.Struct, frozen=True):
    """Everything that decides who may connect.

    address, port: where the proxy serves, and what a token must be for. sockets: the server's socket directory.
    master_password: the value in Secrets Manager now. principals: by access key id. policies: by a principal's role.
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
    principals: dict[str, Principal]
    policies: dict[str, list[dict[str, Any]]]
