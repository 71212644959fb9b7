from __future__ import annotations

import pytest

from tests.components.recorder import Recording
from tests.stacks.environments import recorded


@pytest.fixture(scope="session")
def prod() -> Recording:
    return recorded("prod")


@pytest.fixture(scope="session")
def dev() -> Recording:
    return recorded("dev")
