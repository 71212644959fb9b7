"""Nothing is open to the world but ports 80 and 443 of a load balancer."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from policy.resource import Resource, Stack
from policy.rule import Check, NotApplicable, ResourceCheck, StackCheck, of_types
from policy.values import items, read

SITE_PORTS = (80, 443)
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_LOAD_BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
# Shorter prefixes hold more than any one organisation's network: 0.0.0.0/1 is the world's half.
_WORLD_PREFIX = {4: 7, 6: 15}


def _rule_open(resource: Resource) -> Iterator[str]:
    yield from _open_ports(resource.inputs, "cidrIpv4", "cidrIpv6", "ipProtocol")


def _old_rule_open(resource: Resource) -> Iterator[str]:
    if read(resource.inputs, "type") != "ingress":
        raise NotApplicable("it lets nothing in")
    yield from _open_ports(resource.inputs, "cidrBlocks", "ipv6CidrBlocks", "protocol")


def _group_open(resource: Resource) -> Iterator[str]:
    for rule in items(resource.inputs, "ingress"):
        yield from _open_ports(rule, "cidrBlocks", "ipv6CidrBlocks", "protocol")


def _open_ports(rule: Mapping[str, Any], ipv4: str, ipv6: str, protocol: str) -> Iterator[str]:
    first, last = read(rule, "fromPort"), read(rule, "toPort")
    if read(rule, protocol) in ("tcp", "6") and first == last and first in SITE_PORTS:
        return
    for cidr in (*items(rule, ipv4), *items(rule, ipv6)):
        if _is_world(cidr):
            ports = "every port" if first is None or first == -1 else f"{first}" if first == last else f"{first}-{last}"
            yield f"{ports} ({read(rule, protocol)}) is open to {cidr}"


def _is_world(cidr: str) -> bool:
    network = ipaddress.ip_network(cidr, strict=False)
    return network.prefixlen <= _WORLD_PREFIX[network.version]


def _not_the_sites(rule: Resource, stack: Stack) -> Iterator[str]:
    if not any(_is_world(cidr) for name in ("cidrIpv4", "cidrIpv6") for cidr in items(rule.inputs, name)):
        raise NotApplicable("it lets no more in than a network of somebody's")
    groups = [group for group in stack.of_type(_GROUP) if rule.refers_to(group, "securityGroupId", "id")]
    balancers = list(stack.of_type(*_LOAD_BALANCERS))
    for group in groups:
        if not any(balancer.refers_to(group, "securityGroups", "id") for balancer in balancers):
            yield f"its group '{group.name}' is open to the world, and no load balancer's"


CHECKS: tuple[Check, ...] = (
    ResourceCheck(rule="open-port", covers=of_types(_RULE), violations=_rule_open),
    ResourceCheck(rule="open-port", covers=of_types(_OLD_RULE), violations=_old_rule_open),
    ResourceCheck(rule="open-port", covers=of_types(_GROUP, _DEFAULT_GROUP), violations=_group_open),
    StackCheck(rule="open-port", covers=of_types(_RULE), violations=_not_the_sites),
)
