"""When somebody has to look at the cluster: it finds no room for containers, or its API fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

# EKS tells of each minute (Amazon EKS User Guide, basic metrics in Amazon CloudWatch). A new node takes one or two.
PERIOD_SECONDS = 60
EVALUATED_PERIODS = 10
# Requests to the API that failed in it, in a minute. A few are no harm: whoever asks, asks again.
FAILED_REQUESTS = 20


@dataclass(frozen=True, kw_only=True)
class ClusterAlarmsArgs:
    """cluster: its name.
    topic_arn: SNS topic that CloudWatch may publish to.
    """

    cluster: pulumi.Input[str]
    topic_arn: pulumi.Input[str]


class ClusterAlarms(Component):
    """Alarms on the control plane's own metrics."""

    layer = "paas"

    def __init__(self, name: str, args: ClusterAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        common: dict[str, Any] = {
            "namespace": "AWS/EKS",
            "dimensions": {"ClusterName": args.cluster},
            "statistic": "Sum",
            "period": PERIOD_SECONDS,
            "evaluation_periods": EVALUATED_PERIODS,
            "datapoints_to_alarm": EVALUATED_PERIODS,
            "comparison_operator": "GreaterThanThreshold",
            "treat_missing_data": "notBreaching",
            "alarm_actions": [args.topic_arn],
            "ok_actions": [args.topic_arn],
            "opts": self.child(),
        }
        aws.cloudwatch.MetricAlarm(
            logical(name, "room"),
            alarm_description="Containers wait for a node, and none comes: its ceiling is reached, or AWS has none",
            metric_name="scheduler_pending_pods_UNSCHEDULABLE",
            threshold=0,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "api"),
            alarm_description="The cluster's API answers with errors of its own",
            metric_name="apiserver_request_total_5XX",
            threshold=FAILED_REQUESTS,
            **common,
        )
        self.register_outputs({})
