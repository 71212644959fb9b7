"""CloudTrail: trails."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.work import Work


def _extend(work: Work, model: Model) -> None:
    model["IsLogging"] = work.call("get_trail_status", Name=work.id)["IsLogging"]


def _set_logging(work: Work) -> None:
    """A new trail listens only once it is told to."""
    work.call("start_logging" if work.get("enableLogging") else "stop_logging", Name=work.id)


_SETTINGS: dict[str, Input] = {
    "s3BucketName": Input(),
    "s3KeyPrefix": Input(),
    "snsTopicName": Input(),
    "includeGlobalServiceEvents": Input(default=True),
    "isMultiRegionTrail": Input(default=False),
    "isOrganizationTrail": Input(default=False),
    "enableLogFileValidation": Input(read="LogFileValidationEnabled", default=False),
    "kmsKeyId": Input(),
    "cloudWatchLogsGroupArn": Input(api="CloudWatchLogsLogGroupArn"),
    "cloudWatchLogsRoleArn": Input(),
}
_OF_TRAIL = {"ResourceId": "{id}"}

TRAIL = Declaration(
    type="aws:cloudtrail/trail:Trail",
    service="cloudtrail",
    behind="no event is recorded, and no file delivered",
    inputs={"name": fixed(), **_SETTINGS, "enableLogging": Input(read="IsLogging", default=True)},
    create=Call("create_trail", result="TrailARN"),
    read=Call("get_trail", {"Name": "{id}"}, "Trail"),
    updates=(
        Update(Call("update_trail", {"Name": "{id}"}), tuple(_SETTINGS), after_create=False),
        Update(_set_logging, ("enableLogging",), after_create=False),
    ),
    delete=Call("delete_trail", {"Name": "{name}"}),
    settle=_set_logging,
    extend=_extend,
    outputs={"arn": "TrailARN"},
    naming=Naming(limit=128, prefix_input=None),
    tagging=Tagging(
        create="TagsList",
        add=Call("add_tags", _OF_TRAIL),
        remove=Call("remove_tags", _OF_TRAIL),
        read=Call("list_tags", {"ResourceIdList": ["{id}"]}, "ResourceTagList[0].TagsList"),
        add_parameter="TagsList",
        remove_parameter="TagsList",
        remove_pairs=True,
    ),
)

ALL = (TRAIL,)
