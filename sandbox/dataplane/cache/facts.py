"""What the cache's proxy has to know, as one JSON document a line."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.dataplane.proxies.principals import Principal


class CacheLogin(msgspec.Struct, frozen=True):
    """A user of the cache. password: what the server knows it by; only the proxy and the server have it."""

    arn: str
    iam: bool
    no_password: bool
    password: str


class CacheFacts(msgspec.Struct, frozen=True):
    """Everything that decides who may connect.

    address, port: where the proxy serves. replication_group: the id that a token must be for. arn: the group's.
    socket: the server's. users: by name. principals: by access key id. policies: by a principal's role.
    """

    address: str
    port: int
    replication_group: str
    arn: str
    socket: str
    certificate: str
    private_key: str
    users: dict[str, CacheLogin]
    principals: dict[str, Principal]
    policies: dict[str, list[dict[str, Any]]]
