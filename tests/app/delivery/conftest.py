"""The workers' pace in tests: rounds of milliseconds instead of seconds."""

from __future__ import annotations

import pytest

from app.common import consumer, queue
from app.common.backoff import Backoff
from app.relay import relay


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Workers wait for hardly anything, and say nothing of the failures that a test makes on purpose."""
    caplog.set_level("CRITICAL")
    monkeypatch.setattr(queue, "WAIT_SECONDS", 0)
    monkeypatch.setattr(consumer, "HIDDEN_SECONDS", 1)
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(relay, "AT_ONCE", 20)
    for module in (consumer, relay):
        monkeypatch.setattr(module, "Backoff", lambda **_: Backoff(first=0.01, longest=0.05))
