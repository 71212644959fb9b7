"""A queue of work that one service hands to another, and where what nobody can deal with ends up."""

from __future__ import annotations

import json
from dataclasses import dataclass

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
    """

    classification: Classification
    key_arn: pulumi.Input[str]
    deletion_protection: bool


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
        for own_name, queue in ((name, self.queue), (dead_letters, self.dead_letter_queue)):
            aws.sqs.QueuePolicy(own_name, queue_url=queue.url, policy=queue.arn.apply(_tls_only), opts=self.child())
        self.register_outputs({"url": self.queue.url})


def _tls_only(queue: str) -> str:
    return iam_policy.document(
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": queue,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )
