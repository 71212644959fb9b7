"""What is in the registry stays what it was, and doesn't stay for ever."""

from __future__ import annotations

import json

import pytest

from tests.components.recorder import Recording

pytestmark = pytest.mark.unit


def test_images_are_scanned_never_changed_and_let_go_when_old(prod: Recording) -> None:
    repository = prod.one("aws:ecr/repository:Repository").inputs
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    (rule,) = json.loads(prod.one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"])["rules"]
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50}
