"""When somebody has to look at a queue: its work waits, piles up, or can't be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

NAMESPACE = "AWS/SQS"
# SQS tells of each minute. A worker that was killed keeps its messages for one of them.
PERIOD_SECONDS = 60
EVALUATED_PERIODS = 3
# Who has registered waits for the mail with the page still open.
OLDEST_SECONDS = 300
# On a wave's opening messages come faster than mail may be sent; this is more than an hour's mail at ten a second.
WAITING_MESSAGES = 50_000


@dataclass(frozen=True, kw_only=True)
class QueueAlarmsArgs:
    """queue, dead_letter_queue: their names.
    topic_arn: SNS topic that CloudWatch may publish to.
    """

    queue: pulumi.Input[str]
    dead_letter_queue: pulumi.Input[str]
    topic_arn: pulumi.Input[str]


class QueueAlarms(Component):
    """Alarms on age and depth of a queue, and on the first message that ends up in its dead-letter queue."""

    layer = "paas"

    def __init__(self, name: str, args: QueueAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        common: dict[str, Any] = {
            "namespace": NAMESPACE,
            "statistic": "Maximum",
            "period": PERIOD_SECONDS,
            "comparison_operator": "GreaterThanThreshold",
            # A queue that nobody has used for six hours tells nothing of itself.
            "treat_missing_data": "notBreaching",
            "alarm_actions": [args.topic_arn],
            "ok_actions": [args.topic_arn],
            "opts": self.child(),
        }
        aws.cloudwatch.MetricAlarm(
            logical(name, "age"),
            alarm_description="Work has waited in the queue for five minutes",
            metric_name="ApproximateAgeOfOldestMessage",
            dimensions={"QueueName": args.queue},
            threshold=OLDEST_SECONDS,
            evaluation_periods=EVALUATED_PERIODS,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "depth"),
            alarm_description="Work comes into the queue much faster than it is done",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": args.queue},
            threshold=WAITING_MESSAGES,
            evaluation_periods=EVALUATED_PERIODS,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "dead"),
            alarm_description="A message could not be dealt with, and lies in the dead-letter queue",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": args.dead_letter_queue},
            threshold=0,
            evaluation_periods=1,
            **common,
        )
        self.register_outputs({})
