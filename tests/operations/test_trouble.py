"""What the data plane says is wrong is told once, by the part that says it."""

from __future__ import annotations

import json

import pytest

from operations.checkout import Checkout
from operations.trouble import troubles

pytestmark = pytest.mark.unit


def test_nothing_is_wrong_where_nothing_has_begun(checkout: Checkout) -> None:
    assert troubles(checkout) == []


def test_what_many_machines_say_is_told_once(checkout: Checkout) -> None:
    document = {
        "instances": {f"i-{number}": {"error": "python3.11 is not on this machine"} for number in range(3)}
        | {"i-9": {"error": None}},
        "haproxy": {"pid": 1, "error": "127.0.0.1:8080 is in use"},
        "databases": {"prod-database": {"error": None}},
        "caches": {"prod-cache": {"error": "its proxy ended with status 1"}},
    }
    (checkout.state.run / "dataplane.json").write_text(json.dumps(document))
    (checkout.state.run / "kubernetes.json").write_text(json.dumps({"error": "etcd was not ready within 45 s"}))
    assert troubles(checkout) == [
        "load balancer: 127.0.0.1:8080 is in use",
        "cache prod-cache: its proxy ended with status 1",
        "machine i-0: python3.11 is not on this machine",
        "cluster: etcd was not ready within 45 s",
    ]
