"""ElastiCache: the groups of subnets, parameters and users that a cache stands on, and the users."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties

# ModifyCacheParameterGroup takes this many parameters at a time.
_PARAMETER_BATCH = 20


def tagging() -> Tagging:
    """The tags of an ElastiCache resource."""
    of_resource = {"ResourceName": "{arn}"}
    return Tagging(
        add=Call("add_tags_to_resource", of_resource),
        remove=Call("remove_tags_from_resource", of_resource),
        path="TagList",
    )


def with_tags(work: Work, model: Model) -> None:
    """Adds the tags to what a Describe call answers."""
    model["TagList"] = work.find("TagList", "list_tags_for_resource", ResourceName=model["ARN"])


_OF_SUBNET_GROUP = {"CacheSubnetGroupName": "{id}"}

SUBNET_GROUP = Declaration(
    type="aws:elasticache/subnetGroup:SubnetGroup",
    service="elasticache",
    id="{name}",
    inputs={
        "name": fixed(api="CacheSubnetGroupName"),
        "description": Input(api="CacheSubnetGroupDescription", default="Managed by Pulumi"),
        "subnetIds": Input(read="Subnets[].SubnetIdentifier", unordered=True),
    },
    create=Call(
        "create_cache_subnet_group",
        adjust=lambda _work, parameters: parameters.setdefault("CacheSubnetGroupDescription", "Managed by Pulumi"),
    ),
    read=Call("describe_cache_subnet_groups", _OF_SUBNET_GROUP, "CacheSubnetGroups[0]"),
    updates=(Update(Call("modify_cache_subnet_group", _OF_SUBNET_GROUP), ("description", "subnetIds")),),
    delete=Call("delete_cache_subnet_group", _OF_SUBNET_GROUP),
    extend=with_tags,
    outputs={"arn": "ARN"},
    naming=Naming(limit=255, prefix_input=None, lower=True),
    tagging=tagging(),
)


def _set_parameters(work: Work) -> None:
    wanted = {parameter["name"]: parameter["value"] for parameter in work.inputs.get("parameters", [])}
    present = {parameter["name"]: parameter["value"] for parameter in work.old_inputs.get("parameters", [])}
    removed = {name: value for name, value in present.items() if name not in wanted}
    changed = {name: value for name, value in wanted.items() if present.get(name) != value}
    for method, parameters in (
        ("reset_cache_parameter_group", removed),
        ("modify_cache_parameter_group", changed),
    ):
        pairs = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
        for start in range(0, len(pairs), _PARAMETER_BATCH):
            batch = pairs[start : start + _PARAMETER_BATCH]
            work.call(method, CacheParameterGroupName=work.id, ParameterNameValues=batch)


def _extend_parameter_group(work: Work, model: Model) -> None:
    pages = work.cloud.client("elasticache").get_paginator("describe_cache_parameters")
    model["Parameters"] = [
        {"Name": parameter["ParameterName"], "Value": parameter["ParameterValue"]}
        for page in pages.paginate(CacheParameterGroupName=work.id, Source="user")
        for parameter in page["Parameters"]
    ]
    with_tags(work, model)


_OF_PARAMETER_GROUP = {"CacheParameterGroupName": "{id}"}

PARAMETER_GROUP = Declaration(
    type="aws:elasticache/parameterGroup:ParameterGroup",
    service="elasticache",
    fidelity=Fidelity.RUNS,
    id="{name}",
    behind="Valkey's own parameters reach the server",
    inputs={
        "name": fixed(api="CacheParameterGroupName"),
        "family": fixed(api="CacheParameterGroupFamily"),
        "description": fixed(default="Managed by Pulumi"),
        "parameters": Input(unordered=True),
    },
    create=Call(
        "create_cache_parameter_group",
        adjust=lambda _work, parameters: parameters.setdefault("Description", "Managed by Pulumi"),
    ),
    read=Call("describe_cache_parameter_groups", _OF_PARAMETER_GROUP, "CacheParameterGroups[0]"),
    updates=(Update(_set_parameters, ("parameters",)),),
    delete=Call("delete_cache_parameter_group", _OF_PARAMETER_GROUP),
    extend=_extend_parameter_group,
    outputs={"arn": "ARN"},
    naming=Naming(limit=255, prefix_input=None, lower=True),
    tagging=tagging(),
)


def _decode_mode(authentication: Model) -> Properties:
    """`no-password` where the request has `no-password-required`."""
    kind = authentication["Type"]
    return {"type": "no-password-required" if kind == "no-password" else kind}


def _check_user(inputs: Properties) -> list[tuple[str, str]]:
    mode = inputs.get("authenticationMode", {})
    found = [
        (f"authenticationMode.{name}", "is not handled by the sandbox: users log in by IAM, or without a password")
        for name in ("passwords",)
        if name in mode
    ]
    if mode.get("type") == "iam" and inputs["userId"] != inputs["userName"]:
        found.append(("userName", "must be the same as userId where the user logs in by IAM"))
    return found


_OF_USER = {"UserId": "{id}"}
_USER_SETTINGS = ("accessString", "engine", "noPasswordRequired", "authenticationMode")

USER = Declaration(
    type="aws:elasticache/user:User",
    service="elasticache",
    fidelity=Fidelity.RUNS,
    id="{userId}",
    behind="logs in to Valkey by IAM token, with the commands and keys that its access string allows",
    inputs={
        "userId": fixed(),
        "userName": fixed(),
        "engine": Input(),
        "accessString": Input(),
        "noPasswordRequired": Input(write_only=True),
        "authenticationMode": Input(read="Authentication", computed=True, decode=_decode_mode),
    },
    create=Call("create_user"),
    read=Call("describe_users", _OF_USER, "Users[0]"),
    updates=(Update(Call("modify_user", _OF_USER), _USER_SETTINGS, changed_only=True),),
    delete=Call("delete_user", _OF_USER),
    wait_gone=True,
    extend=with_tags,
    check=_check_user,
    outputs={"arn": "ARN"},
    tagging=tagging(),
)


def _change_users(work: Work) -> None:
    present, wanted = work.old_inputs.get("userIds", []), work.get("userIds", [])
    changes = {
        "UserIdsToAdd": [user for user in wanted if user not in present],
        "UserIdsToRemove": [user for user in present if user not in wanted],
    }
    given: Model = {name: users for name, users in changes.items() if users}
    if "engine" in work.changed:
        given["Engine"] = work.inputs["engine"]
    work.call("modify_user_group", UserGroupId=work.id, **given)


USER_GROUP = Declaration(
    type="aws:elasticache/userGroup:UserGroup",
    service="elasticache",
    fidelity=Fidelity.RUNS,
    id="{userGroupId}",
    behind="its users, and nobody else, log in to the caches that have it",
    inputs={
        "userGroupId": fixed(),
        "engine": Input(),
        "userIds": Input(unordered=True),
    },
    create=Call("create_user_group"),
    read=Call("describe_user_groups", {"UserGroupId": "{id}"}, "UserGroups[0]"),
    updates=(Update(_change_users, ("engine", "userIds"), after_create=False),),
    delete=Call("delete_user_group", {"UserGroupId": "{id}"}),
    wait_gone=True,
    extend=with_tags,
    outputs={"arn": "ARN"},
    tagging=tagging(),
)

ALL = (SUBNET_GROUP, PARAMETER_GROUP, USER, USER_GROUP)
