"""How a service's traffic is shared between its machines and its containers, asked of and told to the load balancer.

The live rule is the only truth of it: the program makes the rule, and then leaves its weights alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from operations.aws_apis import AwsApis
from operations.exit_codes import ExitCode, OperationError

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ActionOutputTypeDef, ActionTypeDef, RuleTypeDef

WHOLE_SHARE = 100
_ARRIVAL_SECONDS = 30.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a service's rule. unhealthy: how many targets are in each state that is not healthy, with ELB's word
    for the state.
    """

    name: str
    target_group: str
    weight: int
    targets: int
    healthy: int
    unhealthy: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class ServiceTraffic:
    """A service's rule and its two sides."""

    service: str
    rule: str
    vms: Side
    containers: Side

    @property
    def share(self) -> int:
        """Per cent of the service's traffic that goes to its containers."""
        return share_of(self.vms.weight, self.containers.weight)

    def receiving(self, share: int) -> list[Side]:
        """The sides that get traffic at a share."""
        return [*([self.vms] if share < WHOLE_SHARE else []), *([self.containers] if share > 0 else [])]


class Traffic:
    """Reads and moves the shares of one platform's services."""

    def __init__(self, apis: AwsApis, outputs: Mapping[str, Any]) -> None:
        """outputs: the stack's."""
        self._elbv2 = apis.session.client("elbv2", endpoint_url=apis.endpoint, config=apis.config)
        self._services: Mapping[str, Any] = outputs.get("services", {})
        self._listener: str | None = outputs.get("site", {}).get("https_listener_arn")

    def shares(self) -> dict[str, int]:
        """Each service's share, by one call; all or nothing for those that run on one side only."""
        rules = self._rules()
        return {name: self._share(service, rules) for name, service in self._services.items()}

    def read(self, service: str) -> ServiceTraffic:
        """A service's traffic now. Raises OperationError, REFUSED, where there is nothing to share out."""
        placed = self._services[service]
        groups = _target_groups(placed)
        if placed["kind"] == "worker":
            raise OperationError(f"{service} is a worker: no traffic of the site goes to it", ExitCode.REFUSED)
        if missing := [side for side in ("vms", "containers") if side not in groups]:
            has = "containers" if missing == ["vms"] else "machines"
            raise OperationError(
                f"{service} runs on {has} only, so all of its traffic goes there; "
                f"`prakerja:services.{service}.{missing[0]}` gives it another side",
                ExitCode.REFUSED,
            )
        rule, action = _rule_of(groups.values(), self._rules())
        if rule is None or action is None:
            raise OperationError(f"{service} has no rule on the site's listener: `pulumi up` makes it")
        weights = _weights(action)
        return ServiceTraffic(
            service=service,
            rule=rule["RuleArn"],
            vms=self._side("vms", groups["vms"], weights),
            containers=self._side("containers", groups["containers"], weights),
        )

    def move(self, traffic: ServiceTraffic, share: int) -> ServiceTraffic:
        """Set the share, and return how it is once the load balancer says that it is so.

        Nothing else of the rule changes. Raises OperationError where the change does not arrive.
        """
        groups = (traffic.vms.target_group, traffic.containers.target_group)
        _, action = _rule_of(groups, self._rules())
        if action is None:
            raise OperationError(f"{traffic.service} has lost its rule on the site's listener: `pulumi up` makes it")
        weights = {traffic.vms.target_group: WHOLE_SHARE - share, traffic.containers.target_group: share}
        self._elbv2.modify_rule(RuleArn=traffic.rule, Actions=[_with_weights(action, weights)])
        deadline = time.monotonic() + _ARRIVAL_SECONDS
        while (now := self.read(traffic.service)).share != share:
            if time.monotonic() > deadline:
                raise OperationError(
                    f"{traffic.service}: {share} % was asked for, and after {_ARRIVAL_SECONDS:.0f} s the load balancer "
                    f"still says {now.share} %; somebody else may have moved it"
                )
            time.sleep(_POLL_SECONDS)
        return now

    def _share(self, service: Mapping[str, Any], rules: list[RuleTypeDef]) -> int:
        groups = _target_groups(service)
        _, action = _rule_of(groups.values(), rules)
        if action is None:
            return 0 if service["vms"] else WHOLE_SHARE
        weights = _weights(action)
        return share_of(weights.get(groups.get("vms", ""), 0), weights.get(groups.get("containers", ""), 0))

    def _rules(self) -> list[RuleTypeDef]:
        if self._listener is None:
            return []
        pages = self._elbv2.get_paginator("describe_rules").paginate(ListenerArn=self._listener)
        return [rule for page in pages for rule in page["Rules"]]

    def _side(self, name: str, group: str, weights: Mapping[str, int]) -> Side:
        described = self._elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        states = Counter(str(target["TargetHealth"]["State"]) for target in described)
        healthy = states.pop("healthy", 0)
        return Side(
            name=name,
            target_group=group,
            weight=weights[group],
            targets=len(described),
            healthy=healthy,
            unhealthy=states,
        )


def share_of(vms: int, containers: int) -> int:
    """Per cent of traffic that two weights send to containers; 0 where neither side gets any."""
    return round(WHOLE_SHARE * containers / (vms + containers)) if vms + containers else 0


def _target_groups(service: Mapping[str, Any]) -> dict[str, str]:
    """A service's target groups by side."""
    found = {side: (service[side] or {}).get("target_group_arn") for side in ("vms", "containers")}
    return {side: arn for side, arn in found.items() if arn}


def _rule_of(
    groups: Iterable[str], rules: Iterable[RuleTypeDef]
) -> tuple[RuleTypeDef, ActionOutputTypeDef] | tuple[None, None]:
    """The rule whose forward action names all of some target groups, and that action."""
    wanted = set(groups)
    for rule in rules:
        for action in rule.get("Actions", []):
            if wanted and wanted <= _weights(action).keys():
                return rule, action
    return None, None


def _weights(action: ActionOutputTypeDef) -> dict[str, int]:
    groups = action["ForwardConfig"].get("TargetGroups", []) if "ForwardConfig" in action else []
    return {group["TargetGroupArn"]: group.get("Weight", 1) for group in groups if "TargetGroupArn" in group}


def _with_weights(action: ActionOutputTypeDef, weights: Mapping[str, int]) -> ActionTypeDef:
    """The action, with other weights and all else as it was."""
    forward = action["ForwardConfig"]
    groups = [{**group, "Weight": weights[group["TargetGroupArn"]]} for group in forward["TargetGroups"]]
    return cast("ActionTypeDef", {**action, "ForwardConfig": {**forward, "TargetGroups": groups}})
