"""The provider and moto, both in this process and on free loopback ports."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from moto import settings
from moto.server import ThreadedMotoServer

from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.connections import Connections
from sandbox.aws.provider.service import Service
from sandbox.provider.serving import serve
from sandbox.state import LOOPBACK
from tests.sandbox.aws.server.conftest import CloudServer
from tests.sandbox.provider.engine_driver import EngineDriver


def pytest_configure(config: pytest.Config) -> None:
    # The SDK's modules warn, on import, of the old resource types in them.
    config.addinivalue_line("filterwarnings", "ignore:.*has been deprecated in favor of:DeprecationWarning")


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(LOOPBACK, port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "ACM_VALIDATION_WAIT", -1)  # else a certificate is issued after a minute
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


@pytest.fixture(scope="module")
def corrected_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the cloud server itself, for a module that puts it in moto's place (by `moto_endpoint`)."""
    server = CloudServer(tmp_path_factory.mktemp("cloud"))
    server.start()
    yield server.url
    server.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def provider_address(moto_endpoint: str) -> Iterator[str]:
    server, port = serve(f"{LOOPBACK}:0", Service(Connections(moto_endpoint)))
    yield f"{LOOPBACK}:{port}"
    server.stop(None)


@pytest.fixture
def engine(provider_address: str) -> Iterator[EngineDriver]:
    engine = EngineDriver(provider_address)
    engine.configure()
    yield engine
    engine.channel.close()


@pytest.fixture(scope="module")
def cloud(moto_endpoint: str) -> Cloud:
    """The cloud as somebody else than the provider calls it."""
    return Cloud(moto_endpoint)
