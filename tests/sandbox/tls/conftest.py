"""The provider in this process, on a free loopback port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.provider.serving import serve
from sandbox.state import LOOPBACK
from sandbox.tls.service import TlsService
from tests.sandbox.provider.engine_driver import EngineDriver


@pytest.fixture(scope="session")
def provider_address() -> Iterator[str]:
    server, port = serve(f"{LOOPBACK}:0", TlsService())
    yield f"{LOOPBACK}:{port}"
    server.stop(None)


@pytest.fixture
def engine(provider_address: str) -> Iterator[EngineDriver]:
    engine = EngineDriver(provider_address)
    engine.configure()
    yield engine
    engine.channel.close()
