"""The vendors' providers in this process, each with a record of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.provider.serving import serve
from sandbox.saas.record import Record
from sandbox.saas.service import SaasService
from sandbox.state import LOOPBACK
from tests.sandbox.provider.engine_driver import EngineDriver


class Vendor:
    """One vendor, as the engine sees it and as its console would."""

    def __init__(self, name: str, directory: Path) -> None:
        self.record = Record(directory, name)
        self._server, port = serve(f"{LOOPBACK}:0", SaasService(name, self.record))
        self.engine = EngineDriver(f"{LOOPBACK}:{port}")

    def end(self) -> None:
        self.engine.channel.close()
        self._server.stop(None)


@pytest.fixture
def cloudflare(tmp_path: Path) -> Iterator[Vendor]:
    vendor = Vendor("cloudflare", tmp_path)
    yield vendor
    vendor.end()


@pytest.fixture
def grafana(tmp_path: Path) -> Iterator[Vendor]:
    vendor = Vendor("grafana", tmp_path)
    yield vendor
    vendor.end()


@pytest.fixture
def pagerduty(tmp_path: Path) -> Iterator[Vendor]:
    vendor = Vendor("pagerduty", tmp_path)
    yield vendor
    vendor.end()
