"""When somebody has to look at the site's load balancer itself."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

# The balancer's own 502, 503 and 504 in a minute; they carry no target group. A killed machine is good for some.
ERRORS_A_MINUTE = 100


@dataclass(frozen=True, kw_only=True)
class SiteAlarmsArgs:
    """load_balancer: its ARN's suffix, as CloudWatch names it.
    topic_arn: SNS topic that CloudWatch may publish to.
    """

    load_balancer: pulumi.Input[str]
    topic_arn: pulumi.Input[str]


class SiteAlarms(Component):
    """The alarm on errors that the load balancer answers for want of a machine that would."""

    layer = "paas"

    def __init__(self, name: str, args: SiteAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        aws.cloudwatch.MetricAlarm(
            logical(name, "errors"),
            alarm_description="The load balancer answers with errors of its own",
            namespace="AWS/ApplicationELB",
            metric_name="HTTPCode_ELB_5XX_Count",
            dimensions={"LoadBalancer": args.load_balancer},
            statistic="Sum",
            period=60,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            comparison_operator="GreaterThanThreshold",
            threshold=ERRORS_A_MINUTE,
            treat_missing_data="notBreaching",
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            opts=self.child(),
        )
        self.register_outputs({})
