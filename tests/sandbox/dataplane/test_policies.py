"""Identity policies are evaluated as IAM does, and never more generously."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.dataplane.policies import allows

pytestmark = pytest.mark.unit


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **elements}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([statement()], True),
        (statement(), True),
        ([statement(Action=["s3:Put*", "S3:get*"])], True),
        ([statement(Action="s3:ListBucket")], False),
        ([statement(Resource="arn:aws:s3:::b")], False),
        ([statement(Resource="arn:aws:s3:::?/k*")], True),
        ([statement(), statement("Deny", Resource="arn:aws:s3:::b/key")], False),
        ([statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})], False),
        ([statement(), statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})], False),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], False),
    ],
)
def test_an_answer_is_what_iam_would_give(statements: Any, allowed: bool) -> None:
    assert allows([{"Statement": statements}], "s3:GetObject", "arn:aws:s3:::b/key") is allowed
