"""Pods that are busy become more, and the whole cluster comes back as it was."""

from __future__ import annotations

import httpx
import pytest

from sandbox.dataplane.addresses import loopback_twin
from tests.end_to_end.processes import family, listening_addresses
from tests.sandbox.dataplane.artefact import RUN, build
from tests.sandbox.kubernetes.nodes.cluster import RunningCluster
from tests.sandbox.kubernetes.nodes.manifests import container, deployment

pytestmark = pytest.mark.sandbox

# Spends half a core for as long as it lives.
BUSY = RUN.replace(
    "    await stopped.wait()",
    """    import time
    while not stopped.is_set():
        until = time.process_time() + 0.1
        while time.process_time() < until:
            pass
        await asyncio.sleep(0.1)""",
)


def test_busy_pods_become_more(cluster: RunningCluster, place: str) -> None:
    image = cluster.account.push(*build(run=BUSY))
    target = {"type": "Utilization", "averageUtilization": 60}
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "portal", "namespace": place},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "portal"},
            "minReplicas": 1,
            "maxReplicas": 2,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }
    cluster.apply(deployment(place, 1, container(image)), scaler)
    cluster.await_ready(place, 2, 60)


def test_everything_listens_on_loopback_alone(cluster: RunningCluster, place: str) -> None:
    cluster.apply(deployment(place, 2, container(cluster.image)))
    pods = cluster.await_ready(place, 2)
    found = {address for process in cluster.processes for address in listening_addresses(family(process.pid))}
    assert all(address.is_loopback for address in found)
    assert {loopback_twin(pod["status"]["podIP"]) for pod in pods} <= {str(address) for address in found}


def test_a_kubelet_answers_nobody_but_the_api_server(cluster: RunningCluster) -> None:
    node = cluster.get("nodes")[0]["status"]
    address = node["addresses"][0]["address"]
    port = node["daemonEndpoints"]["kubeletEndpoint"]["Port"]
    with pytest.raises(httpx.TransportError):
        httpx.get(f"https://{address}:{port}/containerLogs/a/b/c", verify=False)  # noqa: S501 - it must refuse us


def test_a_cluster_that_was_stopped_comes_back_with_its_pods(cluster: RunningCluster, place: str) -> None:
    cluster.apply(deployment(place, 2, container(cluster.image)))
    before = cluster.await_ready(place, 2)
    cluster.restart()
    after = cluster.await_ready(place, 2)
    assert {pod["metadata"]["name"] for pod in after} == {pod["metadata"]["name"] for pod in before}
