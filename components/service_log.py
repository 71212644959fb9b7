"""Where one service's log is kept and read."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component


@dataclass(frozen=True, kw_only=True)
class ServiceLogArgs:
    """service, owner: whose log it is.
    environment: part of the name that people look it up by.
    key_arn: KMS key that CloudWatch Logs may encrypt with.
    retention_days: how long entries are kept; one of CloudWatch Logs' own choices.
    deletion_protection: keep it.
    """

    service: str
    owner: str
    environment: str
    key_arn: pulumi.Input[str]
    retention_days: int
    deletion_protection: bool


class ServiceLog(Component):
    """A log group of the service's name, `/prakerja/ENVIRONMENT/SERVICE`.

    A service writes no personal data to its log (app/common/log.py), so that its own data's class is not the log's.
    """

    layer = "services"

    def __init__(self, name: str, args: ServiceLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(service=args.service, owner=args.owner, data_class="internal"), opts)
        self.group_name = f"/prakerja/{args.environment}/{args.service}"
        self.group = aws.cloudwatch.LogGroup(
            name,
            # Whoever writes to it has to know its name before it is there.
            name=self.group_name,
            retention_in_days=args.retention_days,
            kms_key_id=args.key_arn,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        self.register_outputs({"log_group": self.group.name})
