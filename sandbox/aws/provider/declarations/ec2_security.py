"""EC2: security groups and their rules, inline or one resource each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Update, fixed, local
from sandbox.aws.provider.declarations.ec2_network import arn
from sandbox.aws.provider.declarations.ec2_tags import ec2_tagging
from sandbox.aws.provider.tagging import wanted_tags
from sandbox.aws.provider.work import Work
from sandbox.provider.values import Properties, Value

_DIRECTIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}

# Inline property, the API's list of sources, and the source's own name in it.
_SOURCES = (
    ("cidrBlocks", "IpRanges", "CidrIp"),
    ("ipv6CidrBlocks", "Ipv6Ranges", "CidrIpv6"),
    ("prefixListIds", "PrefixListIds", "PrefixListId"),
    ("securityGroups", "UserIdGroupPairs", "GroupId"),
)


class _Rule(NamedTuple):
    """One source of one inline rule: what AWS counts as a rule."""

    protocol: str
    from_port: int
    to_port: int
    sources: str
    source: str
    description: str

    def permission(self) -> Model:
        """The rule as the API takes it."""
        key = next(key for _, sources, key in _SOURCES if sources == self.sources)
        entry = {key: self.source} | ({"Description": self.description} if self.description else {})
        ports = {} if self.protocol == "-1" else {"FromPort": self.from_port, "ToPort": self.to_port}
        return {"IpProtocol": self.protocol, self.sources: [entry], **ports}


def _inline_rules(group: str, rules: list[Properties]) -> set[_Rule]:
    found = set()
    for rule in rules:
        protocol = _protocol(rule["protocol"])
        first, last = (0, 0) if protocol == "-1" else (rule["fromPort"], rule["toPort"])
        given = [(sources, source) for name, sources, _ in _SOURCES for source in rule.get(name, [])]
        if rule.get("self"):
            given.append(("UserIdGroupPairs", group))
        found |= {
            _Rule(protocol, first, last, sources, source, rule.get("description", "")) for sources, source in given
        }
    return found


def _protocol(name: str) -> str:
    return {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp"}.get(name.lower(), name.lower())


def _present_rules(permissions: list[Model]) -> set[_Rule]:
    return {
        _Rule(
            permission["IpProtocol"],
            permission.get("FromPort", 0) if permission["IpProtocol"] != "-1" else 0,
            permission.get("ToPort", 0) if permission["IpProtocol"] != "-1" else 0,
            sources,
            entry[key],
            entry.get("Description", ""),
        )
        for permission in permissions
        for _, sources, key in _SOURCES
        for entry in permission.get(sources, [])
    }


def _as_inline(group: str, rules: set[_Rule]) -> list[Properties]:
    found = []
    for rule in sorted(rules):
        ports = {"fromPort": rule.from_port, "toPort": rule.to_port}
        name = next(name for name, sources, _ in _SOURCES if sources == rule.sources)
        source: Properties = {"self": True} if rule.source == group else {name: [rule.source]}
        described = {"description": rule.description} if rule.description else {}
        found.append({"protocol": rule.protocol, **ports, **source, **described})
    return found


def _bring_about_rules(direction: str) -> Callable[[Work], None]:
    def bring_about(work: Work) -> None:
        group = work.find("SecurityGroups[0]", "describe_security_groups", GroupIds=[work.id])
        present = _present_rules(group[_DIRECTIONS[direction]])
        wanted = _inline_rules(work.id, work.get(direction, []))
        for verb, rules in (("revoke", present - wanted), ("authorize", wanted - present)):
            if rules:
                permissions = [rule.permission() for rule in sorted(rules)]
                work.call(f"{verb}_security_group_{direction}", GroupId=work.id, IpPermissions=permissions)

    return bring_about


def _extend_group(work: Work, model: Model) -> None:
    model["Arn"] = arn(work, f"security-group/{work.id}")
    for direction, permissions in _DIRECTIONS.items():
        present = _present_rules(model[permissions])
        given: Value = work.inputs.get(direction)
        unchanged = given is not None and _inline_rules(work.id, given) == present
        model[direction] = given if unchanged else _as_inline(work.id, present)


def _check_rules(inputs: Properties) -> list[tuple[str, str]]:
    found = []
    for direction in _DIRECTIONS:
        rules = inputs.get(direction)
        for index, rule in enumerate(rules if isinstance(rules, list) else []):
            if isinstance(rule, dict) and not ({name for name, _, _ in _SOURCES} | {"self"}) & rule.keys():
                found.append((f"{direction}[{index}]", "names no source: cidrBlocks, securityGroups, self, …"))
    return found


_RULES_UPDATES = tuple(Update(_bring_about_rules(direction), (direction,)) for direction in _DIRECTIONS)


def _revoke_default_egress(work: Work) -> None:
    """AWS gives a new group an egress rule to everywhere; a group that a program declares has none of its own."""
    if "egress" not in work.inputs:
        _bring_about_rules("egress")(work)


SECURITY_GROUP = Declaration(
    type="aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    behind="rules are kept, and not enforced",
    inputs={
        "name": fixed(api="GroupName"),
        "namePrefix": fixed(local=True),
        "description": fixed(default="Managed by Pulumi"),
        "vpcId": fixed(),
        "ingress": Input(unordered=True, decode=lambda rules: rules),
        "egress": Input(unordered=True, decode=lambda rules: rules),
        "revokeRulesOnDelete": local(),
    },
    create=Call(
        "create_security_group",
        result="GroupId",
        adjust=lambda _work, parameters: parameters.setdefault("Description", "Managed by Pulumi"),
    ),
    read=Call("describe_security_groups", {"GroupIds": ["{id}"]}, "SecurityGroups[0]"),
    updates=_RULES_UPDATES,
    delete=Call("delete_security_group", {"GroupId": "{id}"}),
    settle=_revoke_default_egress,
    extend=_extend_group,
    naming=Naming(limit=255),
    check=_check_rules,
    tagging=ec2_tagging("security-group"),
)


def _adopt_default_group(work: Work) -> str:
    group: str = work.find(
        "SecurityGroups[0].GroupId",
        "describe_security_groups",
        Filters=[
            {"Name": "vpc-id", "Values": [work.inputs["vpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ],
    )
    return group


def _close_default_group(work: Work) -> None:
    """Adopting the default group takes away every rule that the program does not give."""
    for direction in _DIRECTIONS:
        if direction not in work.inputs:
            _bring_about_rules(direction)(work)


DEFAULT_SECURITY_GROUP = Declaration(
    type="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    service="ec2",
    inputs={
        "vpcId": fixed(),
        "ingress": Input(unordered=True, default=[], decode=lambda rules: rules),
        "egress": Input(unordered=True, default=[], decode=lambda rules: rules),
        "revokeRulesOnDelete": local(),
    },
    create=_adopt_default_group,
    read=Call("describe_security_groups", {"GroupIds": ["{id}"]}, "SecurityGroups[0]"),
    updates=_RULES_UPDATES,
    delete=None,
    settle=_close_default_group,
    extend=_extend_group,
    check=_check_rules,
    outputs={"name": "GroupName"},
    tagging=replace(ec2_tagging(""), create=""),  # adopted, never created
)


_RULE_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


def _rule_permission(work: Work) -> Model:
    ports = {"FromPort": work.get("fromPort"), "ToPort": work.get("toPort")}
    described = {"Description": work.inputs["description"]} if "description" in work.inputs else {}
    keys = {
        "cidrIpv4": ("IpRanges", "CidrIp"),
        "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "prefixListId": ("PrefixListIds", "PrefixListId"),
        "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    source = next(name for name in _RULE_SOURCES if name in work.inputs)
    sources, key = keys[source]
    return {
        "IpProtocol": _protocol(work.inputs["ipProtocol"]),
        sources: [{key: work.inputs[source], **described}],
        **{name: port for name, port in ports.items() if port is not None},
    }


def _check_rule(inputs: Properties) -> list[tuple[str, str]]:
    given = [name for name in _RULE_SOURCES if name in inputs]
    found = []
    if len(given) != 1:
        found.append(
            (given[1] if given else _RULE_SOURCES[0], f"exactly one of {', '.join(_RULE_SOURCES)} must be given")
        )
    if inputs.get("ipProtocol") == "-1":
        found += [
            (name, "must not be given when ipProtocol is -1") for name in ("fromPort", "toPort") if name in inputs
        ]
    return found


def _modify_rule(work: Work) -> None:
    values = {
        "IpProtocol": _protocol(work.inputs["ipProtocol"]),
        "FromPort": work.get("fromPort", -1),
        "ToPort": work.get("toPort", -1),
        "CidrIpv4": work.get("cidrIpv4"),
        "CidrIpv6": work.get("cidrIpv6"),
        "PrefixListId": work.get("prefixListId"),
        "ReferencedGroupId": work.get("referencedSecurityGroupId"),
        "Description": work.get("description"),
    }
    rule = {name: value for name, value in values.items() if value is not None}
    work.call(
        "modify_security_group_rules",
        GroupId=work.inputs["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": work.id, "SecurityGroupRule": rule}],
    )


def _rule(direction: str) -> Declaration:
    def create(work: Work) -> str:
        pairs = [{"Key": key, "Value": value} for key, value in wanted_tags(work).items()]
        tags: dict[str, Any] = {}
        if pairs:
            tags["TagSpecifications"] = [{"ResourceType": "security-group-rule", "Tags": pairs}]
        rule: str = work.find(
            "SecurityGroupRules[0].SecurityGroupRuleId",
            f"authorize_security_group_{direction}",
            GroupId=work.inputs["securityGroupId"],
            IpPermissions=[_rule_permission(work)],
            **tags,
        )
        return rule

    def extend(work: Work, model: Model) -> None:
        model["Arn"] = arn(work, f"security-group-rule/{work.id}")
        for port in ("FromPort", "ToPort"):
            if model.get(port) == -1:
                del model[port]

    inputs: tuple[str, ...] = ("ipProtocol", "fromPort", "toPort", "description", *_RULE_SOURCES)
    return Declaration(
        type=f"aws:vpc/securityGroup{direction.capitalize()}Rule:SecurityGroup{direction.capitalize()}Rule",
        service="ec2",
        inputs={
            "securityGroupId": fixed(read="GroupId"),
            **{name: Input() for name in inputs},
            "referencedSecurityGroupId": Input(read="ReferencedGroupInfo.GroupId"),
        },
        create=create,
        read=Call("describe_security_group_rules", {"SecurityGroupRuleIds": ["{id}"]}, "SecurityGroupRules[0]"),
        updates=(Update(_modify_rule, inputs, after_create=False),),
        delete=Call(
            f"revoke_security_group_{direction}",
            {"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": ["{id}"]},
        ),
        extend=extend,
        outputs={"securityGroupRuleId": "SecurityGroupRuleId"},
        check=_check_rule,
        tagging=ec2_tagging("security-group-rule"),
    )


ALL = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP, _rule("ingress"), _rule("egress"))
