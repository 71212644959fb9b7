"""How requests of the site reach one service: a target group where it runs, and one rule that shares traffic out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import TARGET_GROUP, auto_named
from components.tags import CLUSTER_TAG

# elbv2 CreateTargetGroup: an interval of 5 to 300 seconds, a threshold of 2 to 10 checks. Ten seconds to notice a
# target that no longer answers is the quickest there is.
HEALTH_CHECK_INTERVAL_SECONDS = 5
HEALTH_CHECK_TIMEOUT_SECONDS = 4
HEALTH_CHECK_THRESHOLD = 2
WHOLE_SHARE = 100
# Shares belong to those who shift traffic once the rule is made; everything else of it stays the program's.
TRAFFIC_SHARES = "actions[*].forward.targetGroups[*].weight"


@dataclass(frozen=True, kw_only=True)
class ServiceRouteArgs:
    """classification: whose service it is.
    vpc_id: where it runs.
    listener_arn: the site's HTTPS listener.
    port: that it listens on.
    health_path: asked of each target; tells of the process, not of what it depends on.
    drain_seconds: that a leaving target is given to finish, 0 to 3,600.
    priority: place among the site's rules, 1 to 50,000.
    paths: 1 to 5 path patterns.
    on_machines: it runs on virtual machines.
    cluster_name: the cluster that it runs in; none where it has no containers.
    container_share: per cent of its traffic that goes to containers when the rule is first made, 0 to 100.
    """

    classification: Classification
    vpc_id: pulumi.Input[str]
    listener_arn: pulumi.Input[str]
    port: int
    health_path: str
    drain_seconds: int
    priority: int
    paths: Sequence[str]
    on_machines: bool
    cluster_name: pulumi.Input[str] | None
    container_share: int

    def __post_init__(self) -> None:
        if not self.on_machines and self.cluster_name is None:
            raise ValueError("on_machines, cluster_name: the service runs nowhere; allowed: one of them, or both")
        allowed = (0 if self.on_machines else WHOLE_SHARE, 0 if self.cluster_name is None else WHOLE_SHARE)
        if not allowed[0] <= self.container_share <= allowed[1]:
            raise ValueError(f"container_share: {self.container_share} given; allowed: {allowed[0]} to {allowed[1]}")


class ServiceRoute(Component):
    """A target group for each side, machines and containers, and the listener rule that forwards to them by weight.

    Each group has one owner, the Auto Scaling group or the cluster's controller, which deregisters what it does not
    know. Both are in the rule whatever their share: the balancer checks the health of no group outside a rule.

    Traffic shares are moved by changing the live rule. Refresh the stack before an update that changes the rule
    otherwise: AWS takes a rule's actions as a whole, and the weights that Pulumi last saw would go with them.
    """

    layer = "services"

    def __init__(self, name: str, args: ServiceRouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.classification, opts)
        self.vm_target_group = self._machines(name, args) if args.on_machines else None
        self.container_target_group = (
            self._containers(name, args, args.cluster_name) if args.cluster_name is not None else None
        )
        shares = (
            (self.vm_target_group, WHOLE_SHARE - args.container_share),
            (self.container_target_group, args.container_share),
        )
        sides = [
            aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=group.arn, weight=share)
            for group, share in shares
            if group
        ]
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
                    type="forward", forward=aws.lb.ListenerRuleActionForwardArgs(target_groups=sides)
                )
            ],
            # A side that is left alone takes everything, whatever share it had when there were two.
            opts=self.child(ignore_changes=[TRAFFIC_SHARES] if len(sides) > 1 else None),
        )
        self.register_outputs({"rule_arn": self.rule.arn})

    def _machines(self, name: str, args: ServiceRouteArgs) -> aws.lb.TargetGroup:
        return self._target_group(auto_named(TARGET_GROUP, name, "vm"), args, target_type="instance")

    def _containers(self, name: str, args: ServiceRouteArgs, cluster_name: pulumi.Input[str]) -> aws.lb.TargetGroup:
        tags = {CLUSTER_TAG: cluster_name}
        return self._target_group(auto_named(TARGET_GROUP, name, "ip"), args, target_type="ip", tags=tags)

    def _target_group(
        self,
        name: str,
        args: ServiceRouteArgs,
        *,
        target_type: Literal["instance", "ip"],
        tags: Mapping[str, pulumi.Input[str]] | None = None,
    ) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            name,
            vpc_id=args.vpc_id,
            target_type=target_type,
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
            tags=tags,
            opts=self.child(),
        )
