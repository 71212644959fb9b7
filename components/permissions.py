"""What machines and containers may ask of AWS, one policy document for each need, each for named resources only."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components import iam_policy
from components.artefact_store import ARTEFACT_PREFIX

_READ_SECRET = ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")
_WRITE_SECRET = (*_READ_SECRET, "secretsmanager:PutSecretValue")
# The CloudWatch agent's and Fluent Bit's own documentation: no more, where neither makes the group nor its retention.
WRITE_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")


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
    """Log into one database instance as one role, with tokens that the service's own identity signs."""
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


def connect_to_cache(replication_group_arn: pulumi.Input[str], user_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Log into one replication group as one user, with tokens that the service's own identity signs."""
    return pulumi.Output.all(group=replication_group_arn, user=user_arn).apply(
        lambda known: iam_policy.document(
            iam_policy.allow(["elasticache:Connect"], known["group"]),
            iam_policy.allow(["elasticache:Connect"], known["user"]),
        )
    )


def record_sessions(
    log_group_arn: pulumi.Input[str], key_arn: pulumi.Input[str], *, region: str, account_id: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Let people in by Session Manager, write what they do to one log group, and look whether that is encrypted.

    The key decrypts sessions alone: whoever begins one makes its data key, in the context of the session's id.
    """
    return pulumi.Output.all(group=log_group_arn, key=key_arn, account=account_id).apply(
        lambda known: iam_policy.document(
            iam_policy.allow(
                ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], f"{known['group']}:*"
            ),
            iam_policy.allow(["logs:DescribeLogGroups"], f"arn:aws:logs:{region}:{known['account']}:log-group:*"),
            {
                **iam_policy.allow(["kms:Decrypt"], known["key"]),
                "Condition": {"Null": {"kms:EncryptionContext:aws:ssm:SessionId": "false"}},
            },
        )
    )


def write_log(log_group_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Write entries to one log group, in streams that the writer makes. The group is encrypted by CloudWatch Logs."""
    return pulumi.Output.from_input(log_group_arn).apply(
        lambda arn: iam_policy.document(iam_policy.allow(WRITE_LOG, f"{arn}:*"))
    )


def write_queue(queue: EncryptedResource, *, region: str) -> pulumi.Output[str]:
    """Send messages to one queue."""
    return pulumi.Output.all(arn=queue.arn, key=queue.key_arn).apply(
        lambda known: iam_policy.document(
            iam_policy.allow(["sqs:SendMessage"], known["arn"]),
            # SQS makes a data key for the message, and checks one that it kept by decrypting it.
            iam_policy.allow_key_through("sqs", ["kms:Decrypt", "kms:GenerateDataKey"], known["key"], region=region),
        )
    )


def read_queue(queue: EncryptedResource, *, region: str) -> pulumi.Output[str]:
    """Take messages from one queue: receive them, keep them for longer, and delete them once they are dealt with."""
    return pulumi.Output.all(arn=queue.arn, key=queue.key_arn).apply(
        lambda known: iam_policy.document(
            iam_policy.allow(["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"], known["arn"]),
            iam_policy.allow_key_through("sqs", ["kms:Decrypt"], known["key"], region=region),
        )
    )


def send_mail(
    identity_arn: pulumi.Input[str], configuration_set_arn: pulumi.Input[str], *, sender: str
) -> pulumi.Output[str]:
    """Send mail from one address, through one configuration set."""
    return pulumi.Output.all(identity=identity_arn, configuration_set=configuration_set_arn).apply(
        lambda known: iam_policy.document(
            *(
                {
                    **iam_policy.allow(["ses:SendEmail"], arn),
                    "Condition": {"StringEquals": {"ses:FromAddress": sender}},
                }
                for arn in (known["identity"], known["configuration_set"])
            )
        )
    )
