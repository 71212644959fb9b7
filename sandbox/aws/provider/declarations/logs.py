"""CloudWatch Logs: log groups."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work


def _read(work: Work) -> Model | None:
    groups = work.find("logGroups", "describe_log_groups", logGroupNamePrefix=work.id)
    return next((group for group in groups if group["logGroupName"] == work.id), None)


def _extend(work: Work, model: Model) -> None:
    model["arn"] = model["arn"].removesuffix(":*")
    model["tags"] = work.find("tags", "list_tags_for_resource", resourceArn=model["arn"])


def _set_retention(work: Work) -> None:
    days = work.get("retentionInDays")
    if days:
        work.call("put_retention_policy", logGroupName=work.id, retentionInDays=days)
    else:
        work.call("delete_retention_policy", logGroupName=work.id)


def _set_key(work: Work) -> None:
    if work.get("kmsKeyId"):
        work.call("associate_kms_key", logGroupName=work.id, kmsKeyId=work.get("kmsKeyId"))
    else:
        work.call("disassociate_kms_key", logGroupName=work.id)


def _put_tags(work: Work, tags: dict[str, str]) -> None:
    arn = work.state["arn"]
    removed = sorted(work.state.get("tagsAll", {}).keys() - tags.keys())
    if removed:
        work.call("untag_resource", resourceArn=arn, tagKeys=removed)
    if tags:
        work.call("tag_resource", resourceArn=arn, tags=tags)


LOG_GROUP = Declaration(
    type="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    behind="nothing is written to it but what a program writes itself",
    id="{name}",
    inputs={
        "name": fixed(api="logGroupName"),
        "namePrefix": fixed(local=True),
        "kmsKeyId": Input(),
        "retentionInDays": Input(default=0),
        "skipDestroy": local(),
    },
    create=Call("create_log_group"),
    validate=(Call("put_retention_policy"),),
    read=_read,
    updates=(
        Update(_set_retention, ("retentionInDays",)),
        Update(_set_key, ("kmsKeyId",), after_create=False),
    ),
    delete=Call("delete_log_group", {"logGroupName": "{id}"}),
    extend=_extend,
    naming=Naming(limit=512),
    tagging=Tagging(put=_put_tags, create="", path="tags"),
)

ALL = (LOG_GROUP,)
