from __future__ import annotations

import copy
from typing import Any

import pytest

from stacks.manifest import Manifest, read_manifests
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY, recorded, stack_file


@pytest.fixture
def config() -> dict[str, Any]:
    """Production's settings, to be spoilt."""
    return copy.deepcopy(stack_file("prod")["config"])


@pytest.fixture(scope="session")
def manifests() -> dict[str, Manifest]:
    return read_manifests(REPOSITORY / "app")


@pytest.fixture(scope="session")
def prod() -> Recording:
    return recorded("prod")


@pytest.fixture(scope="session")
def dev() -> Recording:
    return recorded("dev")
