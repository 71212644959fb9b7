"""When somebody has to look at one side of a service: its targets fail, or lack, or answer with errors, or late."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

NAMESPACE = "AWS/ApplicationELB"
# The load balancer tells of each minute; three bad ones of five are no accident, and quick enough to act upon.
PERIOD_SECONDS = 60
EVALUATED_PERIODS = 5
BAD_PERIODS = 3
# Per cent of the service's requests in a minute that failed in its own targets.
ERROR_PERCENT = 1
# Seconds within which 99 of 100 requests are to be answered.
SLOW_SECONDS = 1.0
# A tenth of a fleet: as much as a rolling replacement adds.
UNHEALTHY_SHARE = 0.1
# Longer than a target's replacement takes: what still lacks then doesn't mend itself.
MISSING_PERIODS = 10


@dataclass(frozen=True, kw_only=True)
class ServiceAlarmsArgs:
    """classification: whose service it is.
    target_group, load_balancer: their ARNs' suffixes, as CloudWatch names them.
    targets: how many machines or containers there are at least, whatever share of the requests they get; from 1.
    topic_arn: SNS topic that CloudWatch may publish to.
    """

    classification: Classification
    target_group: pulumi.Input[str]
    load_balancer: pulumi.Input[str]
    targets: int
    topic_arn: pulumi.Input[str]

    def __post_init__(self) -> None:
        if self.targets < 1:
            raise ValueError(f"targets: {self.targets} given; allowed: from 1. A side that has none has no alarms")


class ServiceAlarms(Component):
    """Alarms on one target group of a service, its machines' or its containers'.

    Where there are no requests there is no datapoint, and nothing is wrong. Targets that fail ring at once; those that
    are not there at all, as where AWS has no room for them, fail no health check, and ring by what is left.
    """

    layer = "services"

    def __init__(self, name: str, args: ServiceAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.classification, opts)
        dimensions = {"TargetGroup": args.target_group, "LoadBalancer": args.load_balancer}
        common: dict[str, Any] = {
            "evaluation_periods": EVALUATED_PERIODS,
            "datapoints_to_alarm": BAD_PERIODS,
            "treat_missing_data": "notBreaching",
            "alarm_actions": [args.topic_arn],
            "ok_actions": [args.topic_arn],
            "opts": self.child(),
        }
        spared = math.ceil(args.targets * UNHEALTHY_SHARE)
        of_balancer: dict[str, Any] = {"namespace": NAMESPACE, "period": PERIOD_SECONDS, "dimensions": dimensions}
        aws.cloudwatch.MetricAlarm(
            logical(name, "unhealthy"),
            alarm_description="A tenth of the service's targets or more fail their health checks",
            metric_name="UnHealthyHostCount",
            statistic="Maximum",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=spared,
            **of_balancer,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "few"),
            alarm_description="A tenth of the service's targets or more have been missing or failing for ten minutes",
            metric_name="HealthyHostCount",
            statistic="Minimum",
            comparison_operator="LessThanOrEqualToThreshold",
            threshold=args.targets - spared,
            **of_balancer,
            **{**common, "evaluation_periods": MISSING_PERIODS, "datapoints_to_alarm": MISSING_PERIODS},
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "errors"),
            alarm_description="More than one in a hundred requests fails in the service's targets",
            metric_queries=[
                aws.cloudwatch.MetricAlarmMetricQueryArgs(
                    id="share", expression="100 * FILL(errors, 0) / requests", label="Errors, %", return_data=True
                ),
                self._sum("errors", "HTTPCode_Target_5XX_Count", dimensions),
                self._sum("requests", "RequestCount", dimensions),
            ],
            comparison_operator="GreaterThanThreshold",
            threshold=ERROR_PERCENT,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "slow"),
            alarm_description="One in a hundred requests takes longer than a second",
            metric_name="TargetResponseTime",
            extended_statistic="p99",
            # A percentile of a handful of requests says nothing.
            evaluate_low_sample_count_percentiles="ignore",
            comparison_operator="GreaterThanThreshold",
            threshold=SLOW_SECONDS,
            **of_balancer,
            **common,
        )
        self.register_outputs({})

    @staticmethod
    def _sum(
        identifier: str, metric: str, dimensions: dict[str, pulumi.Input[str]]
    ) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
        return aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=identifier,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=NAMESPACE, metric_name=metric, stat="Sum", period=PERIOD_SECONDS, dimensions=dimensions
            ),
        )
