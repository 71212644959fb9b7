"""Which addresses spoke to which in the VPC, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component
from components.naming import IAM_ROLE, auto_named

# ec2 CreateFlowLogs, MaxAggregationInterval: 60 or 600; ten minutes are a tenth of the records.
AGGREGATION_SECONDS = 600
_WRITE = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """vpc_id: the network that is watched.
    account_id: the account, the only one for which the logs' role may be taken on.
    key_arn: KMS key that CloudWatch Logs may encrypt with.
    retention_days: how long records are kept; one of CloudWatch Logs' own choices.
    deletion_protection: keep the log group.
    """

    vpc_id: pulumi.Input[str]
    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    retention_days: int
    deletion_protection: bool


class FlowLogs(Component):
    """Flow logs of a whole VPC in an encrypted log group."""

    layer = "foundation"

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        self.log_group = aws.cloudwatch.LogGroup(
            name,
            retention_in_days=args.retention_days,
            kms_key_id=args.key_arn,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        role = aws.iam.Role(
            auto_named(IAM_ROLE, name),
            assume_role_policy=pulumi.Output.from_input(args.account_id).apply(
                lambda account: iam_policy.assumed_by("vpc-flow-logs.amazonaws.com", account=account)
            ),
            opts=self.child(),
        )
        permission = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=self.log_group.arn.apply(lambda arn: iam_policy.document(iam_policy.allow(_WRITE, f"{arn}:*"))),
            opts=self.child(),
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=self.log_group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            opts=self.child(depends_on=[permission]),
        )
        self.register_outputs({"log_group": self.log_group.name})
