"""A KMS key for one class of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component, DataClass
from components.naming import logical

# kms ScheduleKeyDeletion, PendingWindowInDays: 7 to 30.
SHORTEST_DELETION_WINDOW_DAYS = 7
LONGEST_DELETION_WINDOW_DAYS = 30
# What a service needs of a key that it encrypts with on behalf of whoever asked.
_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant")

# AWS's services that tell of alarms, database events and spent budgets.
PUBLISHERS = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.rds.amazonaws.com")
# AWS's services that tell of mail which came back, and bring that to a queue.
MAIL_EVENT_HANDLERS = ("ses.amazonaws.com", "sns.amazonaws.com")
# AWS's services that encrypt in their own name, and have to be let in by the key itself.
KeyUser = Literal["audit trail", "logs", "mail events", "notifications"]


@dataclass(frozen=True, kw_only=True)
class DataKeyArgs:
    """data_class: what is encrypted with the key.
    users: the services that encrypt with it in their own name.
    account_id, region: where it may be used.
    deletion_protection: keep it from being deleted.
    """

    data_class: DataClass
    users: Sequence[KeyUser]
    account_id: pulumi.Input[str]
    region: str
    deletion_protection: bool


class DataKey(Component):
    """A key that turns over yearly, and the alias that people know it by."""

    layer = "foundation"

    def __init__(self, name: str, args: DataKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class=args.data_class), opts)
        policy = pulumi.Output.from_input(args.account_id).apply(
            lambda account: _key_policy(account, args.region, args.users)
        )
        self.key = aws.kms.Key(
            name,
            description=f"Encrypts {args.data_class} data",
            enable_key_rotation=True,
            deletion_window_in_days=LONGEST_DELETION_WINDOW_DAYS
            if args.deletion_protection
            else SHORTEST_DELETION_WINDOW_DAYS,
            policy=policy,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        self.alias = aws.kms.Alias(logical(name), target_key_id=self.key.key_id, opts=self.child())
        self.arn = self.key.arn
        self.register_outputs({"arn": self.arn})


def _key_policy(account: str, region: str, users: Sequence[KeyUser]) -> str:
    """The account's own IAM policies decide, and EC2 may use the key for the account's volumes.

    The second statement is that of AWS's own key for EBS. Auto Scaling's service-linked role needs it to launch
    machines with encrypted volumes, and can't be named here: in a new account it comes with the first group.
    """
    return iam_policy.document(
        {
            "Sid": "AccountPolicies",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "VolumesThroughEc2",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": list(_USE),
            "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:CallerAccount": account, "kms:ViaService": f"ec2.{region}.amazonaws.com"}
            },
        },
        *(statement for user in users for statement in _STATEMENTS[user](account, region)),
    )


def _for_audit_trail(account: str, region: str) -> list[dict[str, Any]]:
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Resource": "*"}
    ours = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:{region}:{account}:trail/*"},
        "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{account}:trail/*"},
    }
    # To decrypt too: a bucket with a key of its own for a while (S3 Bucket Keys) is written to that way.
    return [
        {**service, "Sid": "TrailEncrypts", "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Condition": ours},
        {**service, "Sid": "TrailLooks", "Action": "kms:DescribeKey"},
    ]


def _for_logs(account: str, region: str) -> list[dict[str, Any]]:
    return [
        {
            "Sid": "Logs",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": [action for action in _USE if action != "kms:CreateGrant"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:log-group:*"}
            },
        }
    ]


def _for_notifications(_account: str, _region: str) -> list[dict[str, Any]]:
    """Who publishes to an encrypted topic needs its key, or what it publishes is dropped without a word.

    Whose account they speak for is the topic's own policy: not all of them tell KMS.
    """
    return [
        {
            "Sid": "Notifications",
            "Effect": "Allow",
            "Principal": {"Service": list(PUBLISHERS)},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        }
    ]


def _for_mail_events(_account: str, _region: str) -> list[dict[str, Any]]:
    """SES publishes to an encrypted topic, and SNS hands that on to an encrypted queue.

    Which mail's events may come, and from which topic, say the topic's and the queue's own policies.
    """
    return [
        {
            "Sid": "MailEvents",
            "Effect": "Allow",
            "Principal": {"Service": list(MAIL_EVENT_HANDLERS)},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        }
    ]


_STATEMENTS: Mapping[KeyUser, Callable[[str, str], list[dict[str, Any]]]] = {
    "audit trail": _for_audit_trail,
    "logs": _for_logs,
    "mail events": _for_mail_events,
    "notifications": _for_notifications,
}
