"""Objects on a real API server: made, read, changed, deleted as the engine asks."""

from __future__ import annotations

import threading

import grpc
import pytest

from sandbox.kubernetes.provider.cluster import Cluster
from sandbox.provider.values import UNKNOWN
from tests.sandbox.provider.engine_driver import CheckError, EngineDriver, Resource

pytestmark = pytest.mark.sandbox

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SERVICE = "kubernetes:core/v1:Service"
SECRET = "kubernetes:core/v1:Secret"
CRON_JOB = "kubernetes:batch/v1:CronJob"


def config_map(name: str, namespace: str, **data: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    }


def details(error: grpc.RpcError) -> str:
    assert isinstance(error, grpc.Call)
    return str(error.details())


def test_an_object_is_made_read_changed_and_deleted(engine: EngineDriver, cluster: Cluster, namespace: str) -> None:
    engine.configure(enableConfigMapMutable="true")
    made = engine.made(CONFIG_MAP, "it", **config_map("it", namespace, a="1"))
    path = f"/api/v1/namespaces/{namespace}/configmaps/it"
    assert made.id == f"{namespace}/it"
    assert "managedFields" not in made.state["metadata"]
    assert made.read() == (made.checked, made.state)
    made.update(data={"a": "2"})
    live = cluster.find(path)
    assert live is not None
    assert live["data"] == {"a": "2"}
    made.delete()
    assert cluster.find(path) is None
    assert made.read() is None
    made.delete()  # what has gone is deleted
