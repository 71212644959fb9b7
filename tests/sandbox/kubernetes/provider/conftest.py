"""The provider in this process, and a control plane of real programs that it works on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.kubernetes.provider.cluster import Cluster
from sandbox.kubernetes.provider.connections import Connections
from sandbox.kubernetes.provider.serve import surroundings
from sandbox.kubernetes.provider.service import Service
from sandbox.provider.serving import serve
from sandbox.state import LOOPBACK
from tests.sandbox.kubernetes.control_plane import ControlPlane, control_plane
from tests.sandbox.provider.engine_driver import EngineDriver


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("kubernetes")) as made:
        yield made


@pytest.fixture
def cluster(running: ControlPlane) -> Cluster:
    """The cluster as somebody else than the provider reaches it."""
    return running.cluster


@pytest.fixture(scope="session")
def provider_address(running: ControlPlane) -> Iterator[str]:
    found = replace(surroundings(running.state), exists=lambda: True)
    server, port = serve(f"{LOOPBACK}:0", Service(Connections(found)))
    yield f"{LOOPBACK}:{port}"
    server.stop(None)


@pytest.fixture
def engine(provider_address: str) -> Iterator[EngineDriver]:
    engine = EngineDriver(provider_address)
    engine.configure()
    yield engine
    engine.channel.close()


@pytest.fixture
def namespace(engine: EngineDriver) -> str:
    """A namespace of the test's own."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    engine.made("kubernetes:core/v1:Namespace", name, metadata={"name": name})
    return name
