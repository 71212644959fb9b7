"""Lambda: functions and who may call them. Nothing calls them here."""

from __future__ import annotations

import json
import secrets

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.work import Work

_OF_FUNCTION = {"FunctionName": "{id}"}
_OF_ARN = {"Resource": "{arn}"}
_UNRESERVED = -1
_CONFIGURATION = (
    "description",
    "handler",
    "role",
    "runtime",
    "memorySize",
    "timeout",
    "environment",
    "vpcConfig",
    "loggingConfig",
    "kmsKeyArn",
)


def _read(work: Work) -> Model:
    """The configuration, with the tags and the reserved executions that are told beside it."""
    found = work.call("get_function", FunctionName=work.id)
    reserved = found.get("Concurrency", {}).get("ReservedConcurrentExecutions", _UNRESERVED)
    return {**found["Configuration"], "Tags": found.get("Tags", {}), "ReservedConcurrentExecutions": reserved}


def _reserve(work: Work) -> None:
    reserved = work.get("reservedConcurrentExecutions")
    if reserved == _UNRESERVED:
        work.call("delete_function_concurrency", FunctionName=work.id)
    else:
        work.call("put_function_concurrency", FunctionName=work.id, ReservedConcurrentExecutions=reserved)


FUNCTION = Declaration(
    type="aws:lambda/function:Function",
    service="lambda",
    behind="its code is kept and never run",
    inputs={
        "name": fixed(api="FunctionName"),
        "packageType": fixed(default="Zip"),
        "architectures": Input(computed=True),
        # Where the engine says that it is another one: AWS answers no code.
        "code": Input(api="Code.ZipFile|ZipFile", encode=lambda archive: archive.zipped(), write_only=True),
        "description": Input(default=""),
        "handler": Input(),
        "role": Input(),
        "runtime": Input(),
        "memorySize": Input(default=128),
        "timeout": Input(default=3),
        "environment": Input(),
        "vpcConfig": Input(),
        "loggingConfig": Input(computed=True),
        "kmsKeyArn": Input(),
        "reservedConcurrentExecutions": Input(default=_UNRESERVED),
    },
    create=Call("create_function", result="FunctionName"),
    read=_read,
    updates=(
        Update(Call("update_function_code", _OF_FUNCTION), ("code", "architectures"), after_create=False),
        Update(Call("update_function_configuration", _OF_FUNCTION), _CONFIGURATION, after_create=False),
        Update(_reserve, ("reservedConcurrentExecutions",)),
    ),
    delete=Call("delete_function", _OF_FUNCTION),
    outputs={
        "arn": "FunctionArn",
        "qualifiedArn": "join(':', [FunctionArn, Version])",
        "sourceCodeSize": "CodeSize",
    },
    naming=Naming(limit=64, prefix_input=None),
    tagging=Tagging(
        add=Call("tag_resource", _OF_ARN),
        remove=Call("untag_resource", _OF_ARN),
        mapped=True,
    ),
)


def _permit(work: Work) -> str:
    """AWS has a statement's id of whoever makes it; the provider makes one up where the program has none."""
    statement = work.get("statementId") or f"terraform-{secrets.token_hex(13)}"
    parameters = {
        name[0].upper() + name[1:]: value
        for name in ("action", "principal", "sourceAccount", "sourceArn")
        if (value := work.get(name)) is not None
    }
    work.call("add_permission", FunctionName=work.inputs["function"], StatementId=statement, **parameters)
    return str(statement)


def _permission(work: Work) -> Model | None:
    function = work.known["function"]
    policy = json.loads(work.find("Policy", "get_policy", FunctionName=function))
    statement = next((one for one in policy["Statement"] if one["Sid"] == work.id), None)
    if statement is None:
        return None
    conditions = {name: value for named in statement.get("Condition", {}).values() for name, value in named.items()}
    principal = statement["Principal"]
    return {
        "StatementId": statement["Sid"],
        "FunctionName": function,
        "Action": statement["Action"],
        "Principal": principal["Service"] if isinstance(principal, dict) else principal,
        "SourceAccount": conditions.get("AWS:SourceAccount"),
        "SourceArn": conditions.get("AWS:SourceArn"),
    }


PERMISSION = Declaration(
    type="aws:lambda/permission:Permission",
    service="lambda",
    behind="not enforced",
    inputs={
        "function": fixed(api="FunctionName"),
        "statementId": fixed(computed=True),
        "action": fixed(),
        "principal": fixed(),
        "sourceAccount": fixed(),
        "sourceArn": fixed(),
    },
    create=_permit,
    validate=(Call("add_permission"),),
    read=_permission,
    delete=Call("remove_permission", {"FunctionName": "{function}", "StatementId": "{id}"}),
)

ALL = (FUNCTION, PERMISSION)
