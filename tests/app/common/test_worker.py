"""A worker's life."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from app.common import worker as module
from app.common.worker import worker
from tests.app.conftest import service_settings

pytestmark = pytest.mark.unit


def test_it_is_healthy_while_it_works_and_finishes_what_it_has_in_hand() -> None:
    finished = []

    async def work(stopping: asyncio.Event) -> None:
        await stopping.wait()
        await asyncio.sleep(0.05)  # what was in hand
        finished.append(True)

    with TestClient(worker(service_settings("relay"), work)) as client:
        health = client.get("/healthz")
        assert (health.status_code, health.headers["x-release"]) == (200, "0123456789ab")
        assert not finished
    assert finished


def test_it_does_not_outstay_its_drain_time() -> None:
    async def work(_stopping: asyncio.Event) -> None:
        await asyncio.sleep(60)

    settings = replace(service_settings("relay"), drain_seconds=1)
    with TestClient(worker(settings, work)) as client:
        assert client.get("/healthz").status_code == 200
        started = time.monotonic()
    assert time.monotonic() - started < 10


def test_when_its_work_ends_by_an_error_it_says_so_and_leaves(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    left = []
    monkeypatch.setattr(module, "_leave", lambda: left.append(True))

    async def work(_stopping: asyncio.Event) -> None:
        raise RuntimeError

    with TestClient(worker(service_settings("relay"), work)) as client:
        assert client.get("/healthz").status_code == 503
    assert left
    assert "the work has ended by an error" in caplog.text
