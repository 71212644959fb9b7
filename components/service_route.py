"""How requests of the site reach one service: a target group for its machines, and one rule that shares traffic out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import TARGET_GROUP, auto_named

# elbv2 CreateTargetGroup: an interval of 5 to 300 seconds, a threshold of 2 to 10 checks. Ten seconds to notice a
# machine that no longer answers is the quickest there is.
HEALTH_CHECK_INTERVAL_SECONDS = 5
HEALTH_CHECK_TIMEOUT_SECONDS = 4
HEALTH_CHECK_THRESHOLD = 2
WHOLE_SHARE = 100
# Shares belong to those who shift traffic once the rule is made; everything else of it stays the program's.
TRAFFIC_SHARES = "actions[*].forward.targetGroups[*].weight"


@dataclass(frozen=True, kw_only=True)
class ServiceRouteArgs:
    """classification: whose service it is.
    vpc_id: where its machines stand.
    listener_arn: the site's HTTPS listener.
    port: that its machines listen on.
    health_path: asked on each machine; tells of the process, not of what it depends on.
    drain_seconds: that a leaving machine is given to finish, 0 to 3,600.
    priority: place among the site's rules, 1 to 50,000.
    paths: 1 to 5 path patterns.
    vm_share: per cent of the service's traffic that goes to its machines when the rule is first made, 0 to 100.
    """

    classification: Classification
    vpc_id: pulumi.Input[str]
    listener_arn: pulumi.Input[str]
    port: int
    health_path: str
    drain_seconds: int
    priority: int
    paths: Sequence[str]
    vm_share: int

    def __post_init__(self) -> None:
        if not 0 <= self.vm_share <= WHOLE_SHARE:
            raise ValueError(f"vm_share: {self.vm_share} given; allowed: 0 to {WHOLE_SHARE}")


class ServiceRoute(Component):
    """A target group, and the listener rule that forwards to it by weight.

    Traffic shares are moved by changing the live rule. Refresh the stack before an update that changes the rule
    otherwise: AWS takes a rule's actions as a whole, and the weights that Pulumi last saw would go with them.
    """

    layer = "services"

    def __init__(self, name: str, args: ServiceRouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.classification, opts)
        self.target_group = aws.lb.TargetGroup(
            auto_named(TARGET_GROUP, name, "vm"),
            vpc_id=args.vpc_id,
            target_type="instance",
            protocol="HTTP",
            port=args.port,
            deregistration_delay=args.drain_seconds,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                protocol="HTTP",
                port="traffic-port",
                path=args.health_path,
                matcher="200",
                interval=HEALTH_CHECK_INTERVAL_SECONDS,
                timeout=HEALTH_CHECK_TIMEOUT_SECONDS,
                healthy_threshold=HEALTH_CHECK_THRESHOLD,
                unhealthy_threshold=HEALTH_CHECK_THRESHOLD,
            ),
            opts=self.child(),
        )
        self.rule = aws.lb.ListenerRule(
            name,
            listener_arn=args.listener_arn,
            priority=args.priority,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=list(args.paths))
                )
            ],
            actions=[
                aws.lb.ListenerRuleActionArgs(
                    type="forward",
                    forward=aws.lb.ListenerRuleActionForwardArgs(
                        target_groups=[
                            aws.lb.ListenerRuleActionForwardTargetGroupArgs(
                                arn=self.target_group.arn, weight=args.vm_share
                            )
                        ]
                    ),
                )
            ],
            opts=self.child(ignore_changes=[TRAFFIC_SHARES]),
        )
        self.register_outputs({"target_group_arn": self.target_group.arn})
