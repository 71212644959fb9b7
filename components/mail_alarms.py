"""When somebody has to look at the mail: too much of it comes back, or is not wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

# Of mails sent. SES puts an account under review at 5 % returned and 0.1 % complained of, and stops it at 10 % and
# 0.5 % (Amazon SES Developer Guide, sending review process FAQs).
RETURNED_SHARE = 0.04
COMPLAINED_SHARE = 0.0008
PERIOD_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class MailAlarmsArgs:
    """configuration_set: by which mail is sent.
    topic_arn: SNS topic that CloudWatch may publish to.
    """

    configuration_set: pulumi.Input[str]
    topic_arn: pulumi.Input[str]


class MailAlarms(Component):
    """Alarms on the configuration set's reputation, before SES stops the account."""

    layer = "paas"

    def __init__(self, name: str, args: MailAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        common: dict[str, Any] = {
            "namespace": "AWS/SES",
            "dimensions": {"ses:configuration-set": args.configuration_set},
            "statistic": "Average",
            "period": PERIOD_SECONDS,
            "evaluation_periods": 1,
            "comparison_operator": "GreaterThanThreshold",
            # Nothing was sent.
            "treat_missing_data": "ignore",
            "alarm_actions": [args.topic_arn],
            "ok_actions": [args.topic_arn],
            "opts": self.child(),
        }
        aws.cloudwatch.MetricAlarm(
            logical(name, "returned"),
            alarm_description="Nearly as much mail comes back as SES bears with",
            metric_name="Reputation.BounceRate",
            threshold=RETURNED_SHARE,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "complaints"),
            alarm_description="Nearly as many complain of our mail as SES bears with",
            metric_name="Reputation.ComplaintRate",
            threshold=COMPLAINED_SHARE,
            **common,
        )
        self.register_outputs({})
