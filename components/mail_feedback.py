"""What comes back of the mail that SES sent: who could not be reached, and who complained."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component

# What says that an address must not be written to again. A bounce that may pass is among them, and told by its type.
EVENTS = ("BOUNCE", "COMPLAINT")


@dataclass(frozen=True, kw_only=True)
class MailFeedbackArgs:
    """configuration_set: by which the mail is sent; its name and ARN.
    account_id: the account that it belongs to.
    key_arn: KMS key for the topic, which SES and SNS may use.
    """

    configuration_set: pulumi.Input[str]
    configuration_set_arn: pulumi.Input[str]
    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class MailFeedback(Component):
    """An encrypted topic that one configuration set tells of bounces and complaints. Nobody but SES publishes to it.

    topic_arn: what a queue subscribes to.
    """

    layer = "paas"

    def __init__(self, name: str, args: MailFeedbackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.topic = aws.sns.Topic(name, kms_master_key_id=args.key_arn, opts=self.child())
        policy = aws.sns.TopicPolicy(
            name,
            arn=self.topic.arn,
            policy=pulumi.Output.all(
                topic=self.topic.arn, account=args.account_id, configuration_set=args.configuration_set_arn
            ).apply(lambda known: _publishing(known["topic"], known["account"], known["configuration_set"])),
            opts=self.child(),
        )
        self.destination = aws.sesv2.ConfigurationSetEventDestination(
            name,
            configuration_set_name=args.configuration_set,
            event_destination_name=name,
            event_destination=aws.sesv2.ConfigurationSetEventDestinationEventDestinationArgs(
                enabled=True,
                matching_event_types=list(EVENTS),
                sns_destination=aws.sesv2.ConfigurationSetEventDestinationEventDestinationSnsDestinationArgs(
                    topic_arn=self.topic.arn
                ),
            ),
            # SES refuses a topic that it can't publish to.
            opts=self.child(depends_on=[policy]),
        )
        self.topic_arn = self.topic.arn
        self.register_outputs({"topic": self.topic_arn})


def _publishing(topic: str, account: str, configuration_set: str) -> str:
    return iam_policy.document(
        {
            "Sid": "MailEvents",
            "Effect": "Allow",
            "Principal": {"Service": "ses.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnEquals": {"aws:SourceArn": configuration_set},
            },
        }
    )
