"""One cluster for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.kubernetes.nodes.cluster import RunningCluster, running_cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[RunningCluster]:
    with running_cluster() as running:
        yield running
