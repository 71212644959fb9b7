"""Pods on the sandbox's nodes, under a real control plane."""

from __future__ import annotations

import httpx
import pytest

from sandbox.dataplane.addresses import loopback_twin
from tests.sandbox.kubernetes.nodes.cluster import RunningCluster
from tests.sandbox.kubernetes.nodes.manifests import Json, container, deployment

pytestmark = pytest.mark.sandbox


def address(pod: Json) -> str:
    return f"http://{loopback_twin(pod['status']['podIP'])}:8080"


def test_the_pods_of_a_deployment_become_ready_and_serve_at_their_own_addresses(
    cluster: RunningCluster, place: str
) -> None:
    cluster.apply(deployment(place, 4, container(cluster.image)))
    pods = cluster.await_ready(place, 4)
    served = {httpx.get(address(pod)).headers["x-served-by"] for pod in pods}
    assert served == {pod["metadata"]["name"] for pod in pods}
