"""Secrets Manager: secrets. Their values never pass through the program."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work

_RECOVERY_WINDOW_DAYS = 30


def _read_secret(work: Work) -> Model | None:
    model: Model = work.call("describe_secret", SecretId=work.id)
    return None if model.get("DeletedDate") else model


def _extend_secret(work: Work, model: Model) -> None:
    model["Policy"] = work.call("get_resource_policy", SecretId=work.id).get("ResourcePolicy")


def _change_policy(work: Work) -> None:
    if work.get("policy"):
        work.call("put_resource_policy", SecretId=work.id, ResourcePolicy=work.inputs["policy"])
    else:
        work.call("delete_resource_policy", SecretId=work.id)


def _delete_secret(work: Work) -> None:
    days = work.get("recoveryWindowInDays", _RECOVERY_WINDOW_DAYS)
    how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
    work.call("delete_secret", SecretId=work.id, **how)


_OF_SECRET = {"SecretId": "{id}"}

SECRET = Declaration(
    type="aws:secretsmanager/secret:Secret",
    service="secretsmanager",
    behind="services read their values from it",
    inputs={
        "name": fixed(),
        "namePrefix": fixed(local=True),
        "description": Input(default=""),
        "kmsKeyId": Input(),
        "policy": Input(document=True, default=""),
        "recoveryWindowInDays": local(),
        "forceOverwriteReplicaSecret": local(),
    },
    create=Call("create_secret", result="ARN"),
    read=_read_secret,
    updates=(
        Update(Call("update_secret", _OF_SECRET), ("description", "kmsKeyId")),
        Update(_change_policy, ("policy",)),
    ),
    delete=_delete_secret,
    extend=_extend_secret,
    naming=Naming(limit=512),
    tagging=Tagging(add=Call("tag_resource", _OF_SECRET), remove=Call("untag_resource", _OF_SECRET)),
)


def _rotation(work: Work) -> Model | None:
    model: Model = work.call("describe_secret", SecretId=work.id)
    return model if model.get("RotationEnabled") else None


_ROTATE = Call("rotate_secret", result="ARN")
_SCHEDULE = ("rotationLambdaArn", "rotationRules", "rotateImmediately")

ROTATION = Declaration(
    type="aws:secretsmanager/secretRotation:SecretRotation",
    service="secretsmanager",
    behind="its schedule is kept, and no rotation begins, not even the first: a secret has what somebody puts there",
    inputs={
        "secretId": fixed(read="ARN"),
        "rotationLambdaArn": Input(api="RotationLambdaARN"),
        "rotationRules": Input(),
        "rotateImmediately": Input(default=True, write_only=True),
    },
    create=_ROTATE,
    read=_rotation,
    updates=(Update(_ROTATE, ("secretId", *_SCHEDULE), after_create=False),),
    delete=Call("cancel_rotate_secret", _OF_SECRET),
)

ALL = (SECRET, ROTATION)
