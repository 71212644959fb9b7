"""AWS Backup: vaults and their locks, plans, and what a plan copies."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work

# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
_NAME_LIMIT = 50


def _extend_with_tags(arn: str) -> Callable[[Work, Model], None]:
    def extend(work: Work, model: Model) -> None:
        model["Tags"] = work.find("Tags", "list_tags", ResourceArn=model[arn])

    return extend


def _put_tags(work: Work, tags: dict[str, str]) -> None:
    arn = work.state["arn"]
    removed = sorted(work.state.get("tagsAll", {}).keys() - tags.keys())
    if removed:
        work.call("untag_resource", ResourceArn=arn, TagKeyList=removed)
    if tags:
        work.call("tag_resource", ResourceArn=arn, Tags=tags)


_TAGGING = Tagging(put=_put_tags, create="")
_OF_VAULT = {"BackupVaultName": "{id}"}


def _delete_vault(work: Work) -> None:
    if work.get("forceDestroy") and work.state.get("recoveryPoints"):
        points = work.find(
            "RecoveryPoints[].RecoveryPointArn", "list_recovery_points_by_backup_vault", BackupVaultName=work.id
        )
        for point in points:
            work.call("delete_recovery_point", BackupVaultName=work.id, RecoveryPointArn=point)
    work.call("delete_backup_vault", BackupVaultName=work.id)


VAULT = Declaration(
    type="aws:backup/vault:Vault",
    service="backup",
    behind="holds no recovery points",
    id="{name}",
    inputs={
        "name": fixed(api="BackupVaultName"),
        "kmsKeyArn": fixed(api="EncryptionKeyArn", computed=True),
        "forceDestroy": local(),
    },
    create=Call("create_backup_vault"),
    read=Call("describe_backup_vault", _OF_VAULT),
    delete=_delete_vault,
    extend=_extend_with_tags("BackupVaultArn"),
    outputs={"arn": "BackupVaultArn", "recoveryPoints": "NumberOfRecoveryPoints"},
    naming=Naming(limit=_NAME_LIMIT, prefix_input=None),
    tagging=_TAGGING,
)


def _read_lock(work: Work) -> Model | None:
    model: Model = work.call("describe_backup_vault", BackupVaultName=work.id)
    return model if model.get("Locked") else None


VAULT_LOCK = Declaration(
    type="aws:backup/vaultLockConfiguration:VaultLockConfiguration",
    service="backup",
    behind="kept and read back; there are no recovery points to hold",
    id="{backupVaultName}",
    inputs={
        "backupVaultName": fixed(),
        "minRetentionDays": fixed(),
        "maxRetentionDays": fixed(),
        "changeableForDays": fixed(write_only=True),
    },
    create=Call("put_backup_vault_lock_configuration"),
    read=_read_lock,
    delete=Call("delete_backup_vault_lock_configuration", _OF_VAULT),
)


def _read_plan(work: Work) -> Model | None:
    model: Model = work.call("get_backup_plan", BackupPlanId=work.id)
    return None if model.get("DeletionDate") else model


_RULE_NAMES = {
    "targetVaultName": "TargetBackupVaultName",
    "schedule": "ScheduleExpression",
    "startWindow": "StartWindowMinutes",
    "completionWindow": "CompletionWindowMinutes",
    "coldStorageAfter": "MoveToColdStorageAfterDays",
    "deleteAfter": "DeleteAfterDays",
    "destinationVaultArn": "DestinationBackupVaultArn",
}
_OF_PLAN = {"BackupPlanId": "{id}"}

PLAN = Declaration(
    type="aws:backup/plan:Plan",
    service="backup",
    behind="no job ever starts",
    inputs={
        "name": fixed(api="BackupPlan.BackupPlanName"),
        "rules": Input(api="BackupPlan.Rules", names=_RULE_NAMES),
        "advancedBackupSettings": Input(api="BackupPlan.AdvancedBackupSettings", unordered=True),
    },
    create=Call("create_backup_plan", result="BackupPlanId"),
    read=_read_plan,
    updates=(Update(Call("update_backup_plan", _OF_PLAN), ("name", "rules", "advancedBackupSettings")),),
    delete=Call("delete_backup_plan", _OF_PLAN),
    extend=_extend_with_tags("BackupPlanArn"),
    outputs={"arn": "BackupPlanArn", "version": "VersionId"},
    volatile=lambda _work: {"version"},
    naming=Naming(limit=_NAME_LIMIT, prefix_input=None),
    tagging=_TAGGING,
)


def _read_selection(work: Work) -> Model | None:
    plan = work.known.get("planId") or _plan_of(work)
    model: Model = work.call("get_backup_selection", BackupPlanId=plan, SelectionId=work.id)
    return model


def _plan_of(work: Work) -> str:
    """The plan of an imported selection, whose id alone is known."""
    for plan in work.find("BackupPlansList[].BackupPlanId", "list_backup_plans"):
        path = "BackupSelectionsList[].SelectionId"
        if work.id in work.find(path, "list_backup_selections", BackupPlanId=plan):
            return str(plan)
    raise ValueError(f"no backup plan has a selection {work.id}")


SELECTION = Declaration(
    type="aws:backup/selection:Selection",
    service="backup",
    behind="its role is not tried",
    inputs={
        "planId": fixed(api="BackupPlanId"),
        "name": fixed(api="BackupSelection.SelectionName"),
        "iamRoleArn": fixed(api="BackupSelection.IamRoleArn"),
        "resources": fixed(api="BackupSelection.Resources", unordered=True),
        "notResources": fixed(api="BackupSelection.NotResources", unordered=True),
    },
    create=Call("create_backup_selection", result="SelectionId"),
    read=_read_selection,
    delete=Call("delete_backup_selection", {"BackupPlanId": "{planId}", "SelectionId": "{id}"}),
    naming=Naming(limit=_NAME_LIMIT, prefix_input=None),
)

ALL = (VAULT, VAULT_LOCK, PLAN, SELECTION)
