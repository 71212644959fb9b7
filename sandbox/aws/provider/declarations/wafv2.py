"""AWS WAF: web ACLs, what they stand before, and where they write down what they saw."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.work import Work


def _read_web_acl(work: Work) -> Model | None:
    scope = work.known.get("scope", "REGIONAL")
    name = work.known.get("name") or work.find(f"WebACLs[?Id=='{work.id}'].Name | [0]", "list_web_acls", Scope=scope)
    if name is None:
        return None
    answer = work.call("get_web_acl", Name=name, Scope=scope, Id=work.id)
    model: Model = _texts(answer["WebACL"])
    return {**model, "Scope": scope, "LockToken": answer["LockToken"]}


def _texts(value: Any) -> Any:
    """What a rule searches for is bytes to the API and text to a program."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    return [_texts(item) for item in value] if isinstance(value, list) else value


def _extend_web_acl(work: Work, model: Model) -> None:
    model["TagList"] = work.find("TagInfoForResource.TagList", "list_tags_for_resource", ResourceARN=model["ARN"])


def _locked(work: Work, parameters: Model) -> None:
    """A change names the state that it was made from."""
    current = work.call("get_web_acl", Name=work.known["name"], Scope=work.known["scope"], Id=work.id)
    parameters["LockToken"] = current["LockToken"]


_OF_WEB_ACL = {"Id": "{id}", "Name": "{name}", "Scope": "{scope}"}
_SETTINGS: dict[str, Input] = {
    "defaultAction": Input(),
    "description": Input(),
    "rules": Input(unordered=True),
    "visibilityConfig": Input(),
    "tokenDomains": Input(unordered=True),
}
_OF_RESOURCE = {"ResourceARN": "{arn}"}

WEB_ACL = Declaration(
    type="aws:wafv2/webAcl:WebAcl",
    service="wafv2",
    behind="no request is looked at, and no capacity counted",
    inputs={"name": fixed(), "namePrefix": fixed(local=True), "scope": fixed(), **_SETTINGS},
    create=Call("create_web_acl", result="Summary.Id"),
    read=_read_web_acl,
    updates=(Update(Call("update_web_acl", _OF_WEB_ACL, adjust=_locked), tuple(_SETTINGS)),),
    delete=Call("delete_web_acl", _OF_WEB_ACL, adjust=_locked),
    extend=_extend_web_acl,
    outputs={"arn": "ARN", "lockToken": "`null`"},  # it changes with whatever changes the ACL
    naming=Naming(limit=128),
    tagging=Tagging(
        add=Call("tag_resource", _OF_RESOURCE), remove=Call("untag_resource", _OF_RESOURCE), path="TagList"
    ),
)


def _read_association(work: Work) -> Model | None:
    resource = work.known["resourceArn"]
    web_acl = work.find("WebACL.ARN", "get_web_acl_for_resource", ResourceArn=resource)
    return {"ResourceArn": resource, "WebAclArn": web_acl} if web_acl == work.known["webAclArn"] else None


WEB_ACL_ASSOCIATION = Declaration(
    type="aws:wafv2/webAclAssociation:WebAclAssociation",
    service="wafv2",
    behind="no request is looked at",
    id="{webAclArn},{resourceArn}",
    inputs={"resourceArn": fixed(), "webAclArn": fixed()},
    create=Call("associate_web_acl"),
    read=_read_association,
    delete=Call("disassociate_web_acl", {"ResourceArn": "{resourceArn}"}),
)

_LOGGING: dict[str, Input] = {
    "logDestinationConfigs": Input(api="LoggingConfiguration.LogDestinationConfigs", read="LogDestinationConfigs"),
    "redactedFields": Input(api="LoggingConfiguration.RedactedFields", read="RedactedFields", unordered=True),
}

LOGGING_CONFIGURATION = Declaration(
    type="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    service="wafv2",
    behind="nothing is written",
    id="{resourceArn}",
    inputs={"resourceArn": fixed(api="LoggingConfiguration.ResourceArn", read="ResourceArn"), **_LOGGING},
    create=Call("put_logging_configuration"),
    read=Call("get_logging_configuration", {"ResourceArn": "{id}"}, "LoggingConfiguration"),
    updates=(Update(Call("put_logging_configuration"), ("resourceArn", *_LOGGING)),),
    delete=Call("delete_logging_configuration", {"ResourceArn": "{id}"}),
)

ALL = (WEB_ACL, WEB_ACL_ASSOCIATION, LOGGING_CONFIGURATION)
