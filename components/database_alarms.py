"""When somebody has to look at the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import logical

CPU_PERCENT = 80
# Per cent of `max_connections`.
CONNECTIONS_PERCENT = 80
# Per cent of the allocated storage; RDS grows it at a tenth, if it may.
FREE_STORAGE_PERCENT = 8
BYTES_OF_A_GIB = 2**30
PERIOD_SECONDS = 60
EVALUATED_PERIODS = 10
# RDS's event categories of an instance that somebody may have to act upon.
EVENTS = ("availability", "deletion", "failover", "failure", "low storage", "maintenance", "notification", "recovery")


@dataclass(frozen=True, kw_only=True)
class DatabaseAlarmsArgs:
    """identifier: the instance.
    max_connections: PostgreSQL's parameter of that name.
    allocated_storage_gib: first size of the storage.
    topic_arn: SNS topic that CloudWatch and RDS may publish to.
    """

    identifier: pulumi.Input[str]
    max_connections: int
    allocated_storage_gib: int
    topic_arn: pulumi.Input[str]


class DatabaseAlarms(Component):
    """Alarms on what runs out, and what RDS itself tells of: a failover, a failure."""

    layer = "paas"

    def __init__(self, name: str, args: DatabaseAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        common: dict[str, Any] = {
            "namespace": "AWS/RDS",
            "dimensions": {"DBInstanceIdentifier": args.identifier},
            "statistic": "Average",
            "period": PERIOD_SECONDS,
            "evaluation_periods": EVALUATED_PERIODS,
            "datapoints_to_alarm": EVALUATED_PERIODS,
            # An instance always tells of itself: one that doesn't is gone, or cut off.
            "treat_missing_data": "breaching",
            "alarm_actions": [args.topic_arn],
            "ok_actions": [args.topic_arn],
            "opts": self.child(),
        }
        aws.cloudwatch.MetricAlarm(
            logical(name, "processor"),
            alarm_description="The database's processors are nearly all busy",
            metric_name="CPUUtilization",
            comparison_operator="GreaterThanThreshold",
            threshold=CPU_PERCENT,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "connections"),
            alarm_description="The database's connections are nearly all taken",
            metric_name="DatabaseConnections",
            comparison_operator="GreaterThanThreshold",
            threshold=args.max_connections * CONNECTIONS_PERCENT // 100,
            **common,
        )
        aws.cloudwatch.MetricAlarm(
            logical(name, "storage"),
            alarm_description="The database's storage is nearly full, and has not grown by itself",
            metric_name="FreeStorageSpace",
            comparison_operator="LessThanThreshold",
            threshold=args.allocated_storage_gib * BYTES_OF_A_GIB * FREE_STORAGE_PERCENT // 100,
            **common,
        )
        aws.rds.EventSubscription(
            name,
            sns_topic=args.topic_arn,
            source_type="db-instance",
            source_ids=[args.identifier],
            event_categories=list(EVENTS),
            opts=self.child(),
        )
        self.register_outputs({})
