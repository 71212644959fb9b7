"""The Pulumi CLI is got before the first test, outside any test's time limit; each module has a platform."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.toolchain.obtain import obtain
from sandbox.toolchain.plan import plan
from sandbox.toolchain.tools import TOOLS
from tests.end_to_end.platform import Platform

_HERE = Path(__file__).parent


def pytest_collection_finish(session: pytest.Session) -> None:
    """Get the tools where a test of this directory is about to run."""
    if session.config.option.collectonly or not any(_HERE in item.path.parents for item in session.items):
        return
    for tool in TOOLS:
        planned = plan(tool)
        print(f"\n{tool.name} {tool.version}: {planned.source.value}", flush=True)
        obtain(planned)


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """A fresh copy of the checkout; whatever runs in it at the end is stopped and discarded."""
    with tempfile.TemporaryDirectory(prefix="prakerja-") as directory:
        platform = Platform(Path(directory))
        yield platform
        down = platform.prakerja("down", "--erase")
        assert down.returncode == 0, down.stderr
