"""What machines may ask of AWS, one policy document for each need, each for named resources only."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components import iam_policy
from components.artefact_store import ARTEFACT_PREFIX

_READ_SECRET = ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")
_WRITE_SECRET = (*_READ_SECRET, "secretsmanager:PutSecretValue")


@dataclass(frozen=True, kw_only=True)
class EncryptedResource:
    """A thing in AWS and the KMS key that it is encrypted with."""

    arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]


def read_artefacts(bucket: EncryptedResource, *, region: str) -> pulumi.Output[str]:
    """Fetch artefacts, and nothing else, from their bucket."""
    return pulumi.Output.all(arn=bucket.arn, key=bucket.key_arn).apply(
        lambda known: iam_policy.document(
            iam_policy.allow(["s3:GetObject"], f"{known['arn']}/{ARTEFACT_PREFIX}*"),
            iam_policy.allow_key_through("s3", ["kms:Decrypt"], known["key"], region=region),
        )
    )


def log_into_database(
    resource_id: pulumi.Input[str], role: str, *, region: str, account_id: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Log into one database instance as one role, with tokens that the machine's own identity signs."""
    return pulumi.Output.all(resource=resource_id, account=account_id).apply(
        lambda known: iam_policy.document(
            iam_policy.allow(
                ["rds-db:connect"],
                f"arn:aws:rds-db:{region}:{known['account']}:dbuser:{known['resource']}/{role}",
            )
        )
    )


def read_secret(secret: EncryptedResource, *, region: str) -> pulumi.Output[str]:
    """Read one secret."""
    return pulumi.Output.all(arn=secret.arn, key=secret.key_arn).apply(
        lambda known: iam_policy.document(
            iam_policy.allow(_READ_SECRET, known["arn"]),
            iam_policy.allow_key_through("secretsmanager", ["kms:Decrypt"], known["key"], region=region),
        )
    )


def write_secret(secret: EncryptedResource, *, region: str) -> pulumi.Output[str]:
    """Read one secret and put its value."""
    return pulumi.Output.all(arn=secret.arn, key=secret.key_arn).apply(
        lambda known: iam_policy.document(
            iam_policy.allow(_WRITE_SECRET, known["arn"]),
            iam_policy.allow_key_through(
                "secretsmanager", ["kms:Decrypt", "kms:GenerateDataKey"], known["key"], region=region
            ),
        )
    )
