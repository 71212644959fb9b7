"""When somebody has to look at partners' credentials: one could not be replaced."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

# Secrets Manager tries a step that failed again within the hour.
PERIOD_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class RotationAlarmsArgs:
    """function: name of the function that replaces them.
    topic_arn: SNS topic that CloudWatch may publish to.
    """

    function: pulumi.Input[str]
    topic_arn: pulumi.Input[str]


class RotationAlarms(Component):
    """An alarm on any step that failed. The credential in use goes on working, as far as the partner lets it."""

    layer = "saas"

    def __init__(self, name: str, args: RotationAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        aws.cloudwatch.MetricAlarm(
            logical(name, "failed"),
            alarm_description="A partner's credential could not be replaced; the function's log says why",
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions={"FunctionName": args.function},
            statistic="Sum",
            period=PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            opts=self.child(),
        )
        self.register_outputs({})
