from __future__ import annotations

import pytest

from tests.components.recorder import Recording
from tests.stacks.environments import run_program


@pytest.fixture(scope="session")
def prod() -> Recording:
    return run_program("prod")


@pytest.fixture(scope="session")
def dev() -> Recording:
    return run_program("dev")
