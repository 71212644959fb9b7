"""Where every alarm goes, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component
from components.data_key import PUBLISHERS
from components.naming import logical


@dataclass(frozen=True, kw_only=True)
class AlarmTopicArgs:
    """account_id: the account that alarms may come from.
    key_arn: KMS key that `PUBLISHERS` may use.
    emails: addresses that are told; each is asked once, by mail, whether it wants to be.
    """

    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    emails: Sequence[str]


class AlarmTopic(Component):
    """An encrypted SNS topic that CloudWatch, RDS and AWS Budgets may publish to."""

    layer = "foundation"

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        topic = aws.sns.Topic(name, kms_master_key_id=args.key_arn, opts=self.child())
        policy = aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=pulumi.Output.all(topic=topic.arn, account=args.account_id).apply(
                lambda known: _publishing(known["topic"], known["account"])
            ),
            opts=self.child(),
        )
        for email in args.emails:
            aws.sns.TopicSubscription(
                logical(name, email.replace("@", "-at-")),
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=self.child(),
            )
        # Through the policy: AWS Budgets refuses a topic that it can't publish to.
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})


def _publishing(topic: str, account: str) -> str:
    return iam_policy.document(
        {
            "Sid": "Publish",
            "Effect": "Allow",
            "Principal": {"Service": list(PUBLISHERS)},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    )
