"""One cluster for all tests of a module, each test in a namespace of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.kubernetes.nodes.cluster import RunningCluster, running_cluster
from tests.sandbox.kubernetes.nodes.manifests import namespace


@pytest.fixture(scope="module")
def cluster() -> Iterator[RunningCluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def place(cluster: RunningCluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:50].strip("-")
    cluster.apply(namespace(name))
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")
