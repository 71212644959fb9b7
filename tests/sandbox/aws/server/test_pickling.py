from __future__ import annotations

import io
from pathlib import Path

import pytest
from moto.backends import get_backend

from sandbox.aws.server.cloud import ACCOUNT, REGION
from sandbox.aws.server.pickling import Pickler, Unpickler

pytestmark = pytest.mark.unit

SERVICES = [
    *("acm", "autoscaling", "backup", "budgets", "cloudtrail", "cloudwatch", "dynamodb", "ec2", "ecr", "eks"),
    *("elasticache", "elbv2", "events", "guardduty", "iam", "kms", "logs", "rds", "route53", "s3", "secretsmanager"),
    *("sesv2", "sns", "sqs", "ssm", "sts", "wafv2"),
]


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_backend_can_be_kept(service: str, tmp_path: Path) -> None:
    backends = get_backend(service)[ACCOUNT]  # type: ignore[call-overload]
    backend = backends[REGION if REGION in backends else "aws"]
    written = io.BytesIO()
    Pickler(written, tmp_path).dump(backend)
    written.seek(0)
    assert type(Unpickler(written, tmp_path).load()) is type(backend)
