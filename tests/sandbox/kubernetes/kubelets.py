"""Nodes for a control plane that has none: a test says what becomes of the pods."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from sandbox.kubernetes.provider.cluster import APPLY, ApiError, Cluster, Object

READY = {
    "phase": "Running",
    "podIP": "10.20.0.9",
    "podIPs": [{"ip": "10.20.0.9"}],
    "conditions": [{"type": "Ready", "status": "True"}],
}


class Kubelets:
    """Binds every pod to a node, gives it one status as often as there is a new one, and ends those that shall end."""

    def __init__(self, cluster: Cluster, status: dict[str, Any]) -> None:
        self.status = status
        self._cluster = cluster
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "test"}}
        cluster.apply("/api/v1/nodes/test", node, manager="kubelet", force=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.2):
            for pod in self._cluster.items("/api/v1/pods"):
                with contextlib.suppress(ApiError):  # the pod may have gone meanwhile
                    self._tell(pod)

    def _tell(self, pod: Object) -> None:
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        if pod["metadata"].get("deletionTimestamp"):
            self._cluster.call("DELETE", path, body={"gracePeriodSeconds": 0})
            return
        if not pod["spec"].get("nodeName"):
            bound = {"metadata": {"name": name}, "target": {"kind": "Node", "name": "test"}}
            self._cluster.call("POST", f"{path}/binding", body=bound)
        told = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "status": self.status}
        query = {"fieldManager": "kubelet", "force": "true"}
        self._cluster.call("PATCH", f"{path}/status", query=query, body=told, content_type=APPLY)
