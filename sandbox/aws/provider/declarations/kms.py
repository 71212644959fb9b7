"""KMS: keys and their aliases."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work

_DELETION_WINDOW_DAYS = 30


def _rotate(work: Work) -> None:
    if not work.get("enableKeyRotation"):
        work.call("disable_key_rotation", KeyId=work.id)
        return
    days = work.get("rotationPeriodInDays")
    work.call("enable_key_rotation", KeyId=work.id, **({"RotationPeriodInDays": days} if days else {}))


def _enable(work: Work) -> None:
    work.call("enable_key" if work.get("isEnabled") else "disable_key", KeyId=work.id)


def _read_key(work: Work) -> Model | None:
    model: Model = work.find("KeyMetadata", "describe_key", KeyId=work.id)
    return None if model["KeyState"] == "PendingDeletion" else model


def _extend_key(work: Work, model: Model) -> None:
    rotation = work.call("get_key_rotation_status", KeyId=work.id)
    model |= {
        "Policy": work.call("get_key_policy", KeyId=work.id, PolicyName="default")["Policy"],
        "KeyRotationEnabled": rotation["KeyRotationEnabled"],
        "RotationPeriodInDays": rotation.get("RotationPeriodInDays"),
    }


def _schedule_deletion(work: Work) -> None:
    days = work.get("deletionWindowInDays", _DELETION_WINDOW_DAYS)
    work.call("schedule_key_deletion", KeyId=work.id, PendingWindowInDays=days)


_OF_KEY = {"KeyId": "{id}"}

KEY = Declaration(
    type="aws:kms/key:Key",
    service="kms",
    behind="data keys are made and used; key policies are kept, and not enforced",
    inputs={
        "description": Input(computed=True),
        "keyUsage": fixed(default="ENCRYPT_DECRYPT"),
        "customerMasterKeySpec": fixed(
            api="KeySpec|CustomerMasterKeySpec", read="KeySpec || CustomerMasterKeySpec", default="SYMMETRIC_DEFAULT"
        ),
        "multiRegion": fixed(default=False),
        "policy": Input(document=True, computed=True),
        "enableKeyRotation": Input(read="KeyRotationEnabled", default=False),
        "rotationPeriodInDays": Input(computed=True),
        "isEnabled": Input(read="Enabled", default=True),
        "deletionWindowInDays": local(),
    },
    create=Call("create_key", result="KeyMetadata.KeyId"),
    read=_read_key,
    updates=(
        Update(Call("update_key_description", _OF_KEY), ("description",)),
        Update(Call("put_key_policy", {**_OF_KEY, "PolicyName": "default"}), ("policy",)),
        Update(_rotate, ("enableKeyRotation", "rotationPeriodInDays")),
        Update(_enable, ("isEnabled",)),
    ),
    delete=_schedule_deletion,
    extend=_extend_key,
    tagging=Tagging(
        add=Call("tag_resource", _OF_KEY),
        remove=Call("untag_resource", _OF_KEY),
        read=Call("list_resource_tags", _OF_KEY, "Tags"),
        key="TagKey",
        value="TagValue",
    ),
)


def _read_alias(work: Work) -> Model | None:
    aliases = (
        alias for page in work.cloud.client("kms").get_paginator("list_aliases").paginate() for alias in page["Aliases"]
    )
    model: Model | None = next((alias for alias in aliases if alias["AliasName"] == work.id), None)
    if model is not None:
        model["TargetKeyArn"] = work.find("KeyMetadata.Arn", "describe_key", KeyId=model["TargetKeyId"])
        if work.inputs.get("targetKeyId") == model["TargetKeyArn"]:
            model["TargetKeyId"] = model["TargetKeyArn"]  # the program may name the key either way
    return model


ALIAS = Declaration(
    type="aws:kms/alias:Alias",
    service="kms",
    id="{name}",
    inputs={"name": fixed(api="AliasName"), "namePrefix": fixed(local=True), "targetKeyId": Input()},
    create=Call("create_alias"),
    read=_read_alias,
    updates=(Update(Call("update_alias", {"AliasName": "{id}"}), ("targetKeyId",)),),
    delete=Call("delete_alias", {"AliasName": "{id}"}),
    outputs={"arn": "AliasArn"},
    naming=Naming(limit=256, lead="alias/"),
)

ALL = (KEY, ALIAS)
