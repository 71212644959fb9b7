"""A queue of work that a service, or AWS, hands to a service, and where what nobody can deal with ends up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component
from components.naming import QUEUE, auto_named

_DAY_SECONDS = 24 * 60 * 60
# A long weekend in which nobody looks. What nobody could deal with is kept for as long as SQS keeps anything.
RETENTION_SECONDS = 4 * _DAY_SECONDS
LONGEST_RETENTION_SECONDS = 14 * _DAY_SECONDS
# The longest that SQS holds a question open for (ReceiveMessage, WaitTimeSeconds): fewer empty answers.
LONGEST_WAIT_SECONDS = 20
# A worker that was killed leaves its messages to the next one after this; one that still works asks for longer.
VISIBILITY_SECONDS = 60
# A message that was taken so often is at fault itself, not the workers that were killed over it.
TRIES = 10


@dataclass(frozen=True, kw_only=True)
class WorkQueueArgs:
    """classification: whose work it is, and the most sensitive data in a message.
    key_arn: KMS key that messages are encrypted with.
    deletion_protection: keep both queues and what is in them.
    topic_arn: SNS topic whose messages come into the queue, as they were published; SNS may use the key. None: services
        alone send to the queue.
    """

    classification: Classification
    key_arn: pulumi.Input[str]
    deletion_protection: bool
    topic_arn: pulumi.Input[str] | None = None


class WorkQueue(Component):
    """A queue that delivers at least once and in no order, with its dead-letter queue; both by TLS only."""

    layer = "paas"

    def __init__(self, name: str, args: WorkQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.classification, opts)
        self.key_arn = pulumi.Output.from_input(args.key_arn)
        dead_letters = auto_named(QUEUE, name, "dead")
        self.dead_letter_queue = aws.sqs.Queue(
            dead_letters,
            kms_master_key_id=args.key_arn,
            message_retention_seconds=LONGEST_RETENTION_SECONDS,
            receive_wait_time_seconds=LONGEST_WAIT_SECONDS,
            opts=self.stateful_child(dead_letters, protect=args.deletion_protection),
        )
        self.queue = aws.sqs.Queue(
            auto_named(QUEUE, name),
            kms_master_key_id=args.key_arn,
            message_retention_seconds=RETENTION_SECONDS,
            receive_wait_time_seconds=LONGEST_WAIT_SECONDS,
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            redrive_policy=self.dead_letter_queue.arn.apply(
                lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": TRIES})
            ),
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        aws.sqs.RedriveAllowPolicy(
            name,
            queue_url=self.dead_letter_queue.url,
            redrive_allow_policy=self.queue.arn.apply(
                lambda arn: json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
            ),
            opts=self.child(),
        )
        aws.sqs.QueuePolicy(
            dead_letters,
            queue_url=self.dead_letter_queue.url,
            policy=self.dead_letter_queue.arn.apply(lambda arn: iam_policy.document(_tls_only(arn))),
            opts=self.child(),
        )
        policy = aws.sqs.QueuePolicy(
            name,
            queue_url=self.queue.url,
            policy=pulumi.Output.all(queue=self.queue.arn, topic=args.topic_arn).apply(
                lambda known: _policy(known["queue"], known["topic"])
            ),
            opts=self.child(),
        )
        if args.topic_arn is not None:
            aws.sns.TopicSubscription(
                name,
                topic=args.topic_arn,
                protocol="sqs",
                endpoint=self.queue.arn,
                raw_message_delivery=True,
                # What SNS may not deliver yet would be lost.
                opts=self.child(depends_on=[policy]),
            )
        self.register_outputs({"url": self.queue.url})


def _policy(queue: str, topic: str | None) -> str:
    return iam_policy.document(_tls_only(queue), *([_from_topic(queue, topic)] if topic is not None else []))


def _tls_only(queue: str) -> dict[str, Any]:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _from_topic(queue: str, topic: str) -> dict[str, Any]:
    return {
        "Sid": "FromTopic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
