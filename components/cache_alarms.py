"""When somebody has to look at the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

NAMESPACE = "AWS/ElastiCache"
# Valkey answers from one thread: this is of that thread, not of the node.
CPU_PERCENT = 80
# Of what the node may hold. It lets go of what was asked for the longest ago when it is full: later than it should be
# made larger.
MEMORY_PERCENT = 90
PERIOD_SECONDS = 60
EVALUATED_PERIODS = 10


@dataclass(frozen=True, kw_only=True)
class CacheAlarmsArgs:
    """replication_group: its id, which its nodes' names begin with.
    nodes: how many it has.
    topic_arn: SNS topic that CloudWatch may publish to.
    """

    replication_group: pulumi.Input[str]
    nodes: int
    topic_arn: pulumi.Input[str]


class CacheAlarms(Component):
    """Alarms on the busiest and on the fullest node, whichever it is."""

    layer = "paas"

    def __init__(self, name: str, args: CacheAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        common: dict[str, Any] = {
            "comparison_operator": "GreaterThanThreshold",
            "evaluation_periods": EVALUATED_PERIODS,
            "datapoints_to_alarm": EVALUATED_PERIODS,
            # A node always tells of itself: a group of which none does is gone.
            "treat_missing_data": "breaching",
            "alarm_actions": [args.topic_arn],
            "ok_actions": [args.topic_arn],
            "opts": self.child(),
        }
        aws.cloudwatch.MetricAlarm(
            logical(name, "processor"),
            alarm_description="A node of the cache is nearly busy all the time",
            metric_queries=_highest("EngineCPUUtilization", args),
            threshold=CPU_PERCENT,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "memory"),
            alarm_description="A node of the cache is nearly full",
            metric_queries=_highest("DatabaseMemoryUsagePercentage", args),
            threshold=MEMORY_PERCENT,
            **common,
        )
        self.register_outputs({})


def _highest(metric: str, args: CacheAlarmsArgs) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    """The metric of the node where it is highest. ElastiCache numbers a group's nodes from 001."""
    return [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(id="highest", expression="MAX(METRICS())", return_data=True),
        *(
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id=f"node{number}",
                metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=NAMESPACE,
                    metric_name=metric,
                    stat="Average",
                    period=PERIOD_SECONDS,
                    dimensions={
                        "CacheClusterId": pulumi.Output.concat(args.replication_group, f"-{number:03}"),
                    },
                ),
            )
            for number in range(1, args.nodes + 1)
        ),
    ]
