"""Nobody may write to everything: permissions to change things name what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policy.resource import Resource
from policy.rule import Check, ResourceCheck, of_types
from policy.values import items, known, read, statements

# Actions that change nothing begin with one of these (AWS's own access levels "List" and "Read", nearly).
_READING = ("BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Query", "Scan", "Search", "Select", "View")
# AWS's managed policies that allow writing to everything of a service, or of all.
_ADMINISTRATORS = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")

_POLICIES = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
_ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
)


def _policy(resource: Resource) -> Iterator[str]:
    for statement in statements(resource.inputs.get("policy"), "policy"):
        yield from _writes_everywhere(statement)


def _role(role: Resource) -> Iterator[str]:
    for arn in items(role.inputs, "managedPolicyArns"):
        yield from _administers(arn)
    for policy in items(role.inputs, "inlinePolicies"):
        for statement in statements(policy.get("policy"), "inlinePolicies.policy"):
            yield from _writes_everywhere(statement)


def _attachment(resource: Resource) -> Iterator[str]:
    yield from _administers(known(resource.inputs.get("policyArn"), "policyArn"))


def _administers(arn: str) -> Iterator[str]:
    name = arn.rpartition("/")[2]
    if arn.startswith("arn:aws:iam::aws:policy/") and (name in _ADMINISTRATORS or name.endswith("FullAccess")):
        yield f"AWS's policy {name} allows writing to everything"


def _writes_everywhere(statement: Mapping[str, Any]) -> Iterator[str]:
    # A condition narrows what `*` is: a namespace, a tag, an account.
    if statement.get("Effect") != "Allow" or "*" not in items(statement, "Resource") or read(statement, "Condition"):
        return
    if "NotAction" in statement:
        yield "it allows all but a few actions on `*`"
    writing = [action for action in items(statement, "Action") if not _reads(action)]
    if writing:
        yield f"it allows {', '.join(writing)} on `*`"


def _reads(action: str) -> bool:
    return action.partition(":")[2].startswith(_READING)


CHECKS: tuple[Check, ...] = (
    ResourceCheck(rule="wildcard-write", covers=of_types(*_POLICIES), violations=_policy),
    ResourceCheck(rule="wildcard-write", covers=of_types("aws:iam/role:Role"), violations=_role),
    ResourceCheck(rule="wildcard-write", covers=of_types(*_ATTACHMENTS), violations=_attachment),
)
