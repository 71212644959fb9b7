"""Elastic Load Balancing: listeners, and the rules that route by what a request asks for."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Update, fixed
from sandbox.aws.provider.declarations.elbv2 import tagging
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import UNKNOWN, Properties

_ACTION_NAMES = {
    "forward": "ForwardConfig",
    "redirect": "RedirectConfig",
    "fixedResponse": "FixedResponseConfig",
    "arn": "TargetGroupArn",
    "stickiness": "TargetGroupStickinessConfig",
    "duration": "DurationSeconds",
}

# Limits of an action and a rule. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
_TARGET_GROUPS_AN_ACTION = 5
_WEIGHT_LIMIT = 999

_TARGETS = {
    "forward": ("forward", "targetGroupArn"),
    "redirect": ("redirect",),
    "fixed-response": ("fixedResponse",),
}


def _check_actions(name: str) -> Any:
    def check(inputs: Properties) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        actions = inputs.get(name, [])
        for index, action in enumerate(actions if isinstance(actions, list) else []):
            if isinstance(action, dict) and action.get("type") is not UNKNOWN:
                found += _check_action(f"{name}[{index}]", action)
        return found

    return check


def _check_action(path: str, action: Properties) -> list[tuple[str, str]]:
    wanted = _TARGETS.get(action["type"], ())
    if wanted and not set(wanted) & action.keys():
        return [(path, f"of type {action['type']} needs {' or '.join(wanted)}")]
    forward = action.get("forward", {})
    groups = forward.get("targetGroups", []) if isinstance(forward, dict) else []
    if not isinstance(groups, list):
        return []
    found = []
    if len(groups) > _TARGET_GROUPS_AN_ACTION:
        found.append((f"{path}.forward.targetGroups", f"may be at most {_TARGET_GROUPS_AN_ACTION}"))
    for index, group in enumerate(groups):
        weight = group.get("weight", 1) if isinstance(group, dict) else 1
        if weight is not UNKNOWN and not 0 <= weight <= _WEIGHT_LIMIT:
            where = f"{path}.forward.targetGroups[{index}].weight"
            found.append((where, f"must be from 0 to {_WEIGHT_LIMIT}, not {weight}"))
    return found


def _default_protocol(work: Work, parameters: Model) -> None:
    """An Application Load Balancer's listener speaks HTTP where nothing else is said; the API insists on a word."""
    if ":loadbalancer/app/" in work.inputs["loadBalancerArn"]:
        parameters.setdefault("Protocol", "HTTP")


def _leave_out_disabled_stickiness(given: list[Properties], actions: list[Model]) -> None:
    """AWS answers that a forward is not sticky where nothing was said of it, and without the required duration."""
    if any("stickiness" in action.get("forward", {}) for action in given):
        return
    for action in actions:
        forward = action.get("ForwardConfig", {})
        if not forward.get("TargetGroupStickinessConfig", {}).get("Enabled"):
            forward.pop("TargetGroupStickinessConfig", None)


def _extend_listener(work: Work, model: Model) -> None:
    model["Arn"] = work.id
    certificates = model.get("Certificates") or [{}]
    model["CertificateArn"] = certificates[0].get("CertificateArn")
    _leave_out_disabled_stickiness(work.inputs.get("defaultActions", []), model["DefaultActions"])


LISTENER = Declaration(
    type="aws:lb/listener:Listener",
    service="elbv2",
    fidelity=Fidelity.RUNS,
    behind="HAProxy; HTTPS is served as loopback HTTP that says it was HTTPS, with no certificate, and asks for none",
    inputs={
        "loadBalancerArn": fixed(),
        "port": Input(),
        "protocol": Input(default="HTTP"),
        "sslPolicy": Input(computed=True),
        "certificateArn": Input(
            api="Certificates",
            read="CertificateArn",
            encode=lambda certificate: [{"CertificateArn": certificate}],
            decode=str,
        ),
        "alpnPolicy": Input(),
        "mutualAuthentication": Input(computed=True),
        "defaultActions": Input(names=_ACTION_NAMES),
    },
    create=Call("create_listener", result="Listeners[0].ListenerArn", adjust=_default_protocol),
    read=Call("describe_listeners", {"ListenerArns": ["{id}"]}, "Listeners[0]"),
    updates=(
        Update(
            Call("modify_listener", {"ListenerArn": "{id}"}),
            (
                "port",
                "protocol",
                "sslPolicy",
                "certificateArn",
                "alpnPolicy",
                "mutualAuthentication",
                "defaultActions",
            ),
        ),
    ),
    delete=Call("delete_listener", {"ListenerArn": "{id}"}),
    extend=_extend_listener,
    check=_check_actions("defaultActions"),
    tagging=tagging(),
)

# pulumi-aws's condition → the API's field name and its own structure.
_CONDITIONS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}


def _encode_conditions(conditions: list[Properties]) -> list[Model]:
    found = []
    for condition in conditions:
        for name, (field, structure) in _CONDITIONS.items():
            if name in condition:
                config = {
                    key[0].upper() + key[1:]: value for key, value in condition[name].items() if value is not UNKNOWN
                }
                found.append({"Field": field, structure: config})
        if "queryStrings" in condition:
            pairs = [{key.capitalize(): value for key, value in pair.items()} for pair in condition["queryStrings"]]
            found.append({"Field": "query-string", "QueryStringConfig": {"Values": pairs}})
    if not found:
        raise ValueError("must have at least one of " + ", ".join((*_CONDITIONS, "queryStrings")))
    return found


def _decode_conditions(conditions: list[Model]) -> list[Properties]:
    return [_decode_condition(condition) for condition in conditions]


def _decode_condition(condition: Model) -> Properties:
    if condition["Field"] == "query-string":
        pairs = condition["QueryStringConfig"]["Values"]
        return {"queryStrings": [{key.lower(): value for key, value in pair.items()} for pair in pairs]}
    name, structure = next(
        (name, structure) for name, (field, structure) in _CONDITIONS.items() if field == condition["Field"]
    )
    config = condition.get(structure) or {"Values": condition.get("Values", [])}
    return {name: {key[0].lower() + key[1:]: value for key, value in config.items()}}


def _next_priority(work: Work, parameters: Model) -> None:
    """A rule without a priority goes after all others."""
    if "Priority" not in parameters:
        rules = work.find("Rules[?!IsDefault].Priority", "describe_rules", ListenerArn=work.inputs["listenerArn"])
        parameters["Priority"] = max((int(priority) for priority in rules), default=0) + 1


def _change_priority(work: Work) -> None:
    work.call("set_rule_priorities", RulePriorities=[{"RuleArn": work.id, "Priority": work.inputs["priority"]}])


def _extend_rule(work: Work, model: Model) -> None:
    model["Arn"] = work.id
    _leave_out_disabled_stickiness(work.inputs.get("actions", []), model["Actions"])
    listener, _, _ = work.id.replace(":listener-rule/", ":listener/").rpartition("/")
    model["ListenerArn"] = listener


LISTENER_RULE = Declaration(
    type="aws:lb/listenerRule:ListenerRule",
    service="elbv2",
    fidelity=Fidelity.RUNS,
    behind="HAProxy: priorities, conditions and weights as ALB has them; no authentication actions",
    inputs={
        "listenerArn": fixed(),
        "priority": Input(computed=True),
        "conditions": Input(unordered=True, encode=_encode_conditions, decode=_decode_conditions),
        "actions": Input(names=_ACTION_NAMES),
    },
    create=Call("create_rule", result="Rules[0].RuleArn", adjust=_next_priority),
    read=Call("describe_rules", {"RuleArns": ["{id}"]}, "Rules[0]"),
    updates=(
        Update(Call("modify_rule", {"RuleArn": "{id}"}), ("conditions", "actions")),
        Update(_change_priority, ("priority",)),
    ),
    delete=Call("delete_rule", {"RuleArn": "{id}"}),
    extend=_extend_rule,
    check=_check_actions("actions"),
    tagging=tagging(),
)

ALL = (LISTENER, LISTENER_RULE)
