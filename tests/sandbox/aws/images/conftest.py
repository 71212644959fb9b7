"""The image provider on a registry of its own, and a directory to build from."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.aws.images.service import ImageService
from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.connections import Connections
from sandbox.provider.serving import serve
from sandbox.state import LOOPBACK
from tests.sandbox.aws.server.conftest import CloudServer
from tests.sandbox.provider.engine_driver import EngineDriver


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    server = CloudServer(tmp_path_factory.mktemp("cloud"))
    server.start()
    yield Cloud(server.url)
    server.end(signal.SIGTERM)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A program's directory: a Dockerfile and what it copies."""
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "artefact.tar").write_bytes(b"archive")
    (tmp_path / "Dockerfile").write_text("FROM base@sha256:0\nADD artefact.tar /opt/\nCOPY --from=other /x /y\n")
    return tmp_path


@pytest.fixture
def engine(cloud: Cloud, source: Path) -> Iterator[EngineDriver]:
    server, port = serve(f"{LOOPBACK}:0", ImageService(Connections(cloud.endpoint), source))
    engine = EngineDriver(f"{LOOPBACK}:{port}")
    yield engine
    engine.channel.close()
    server.stop(None)
