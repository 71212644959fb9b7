"""IAM policy documents: only named resources, and keys only through the service that uses them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

VERSION = "2012-10-17"


def document(*statements: dict[str, Any]) -> str:
    """A policy document of these statements, as AWS takes it."""
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


def allow(actions: Sequence[str], resource: str) -> dict[str, Any]:
    """Allow `actions` on one resource."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def allow_key_through(service: str, actions: Sequence[str], key_arn: str, *, region: str) -> dict[str, Any]:
    """Allow the use of a KMS key, but only where `service` (`s3`, `secretsmanager`) asks for it."""
    return {
        **allow(actions, key_arn),
        "Condition": {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}},
    }


def assumed_by(service: str, *, account: str | None = None, tagged: bool = False) -> str:
    """The trust policy of a role for an AWS service (`ec2.amazonaws.com`).

    account: only where the service acts for that account, as it might be asked to by another one.
    tagged: the service says by session tags what it acts for.
    """
    action: str | list[str] = ["sts:AssumeRole", "sts:TagSession"] if tagged else "sts:AssumeRole"
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Principal": {"Service": service}}
    if account is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    return document(statement)


def assumed_by_pods(*, cluster_arn: str, namespace: str, service_account: str) -> str:
    """The trust policy of a role for the pods of one service account in one cluster.

    EKS Pod Identity says whose they are in the session's tags, for which it needs `sts:TagSession` too.
    """
    session = {
        "eks-cluster-arn": cluster_arn,
        "kubernetes-namespace": namespace,
        "kubernetes-service-account": service_account,
    }
    return document(
        {
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Condition": {"StringEquals": {f"aws:RequestTag/{tag}": value for tag, value in session.items()}},
        }
    )
