"""Copies of the data stores in a vault of their own, made daily: they outlive the store, and whoever deletes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component
from components.naming import BACKUP_PLAN, BACKUP_VAULT, IAM_ROLE, auto_named, logical

# At 4 in the morning in Jakarta: after RDS's own backup and maintenance windows, in which AWS Backup can't start.
SCHEDULE = "cron(0 21 * * ? *)"
START_WITHIN_MINUTES = 60
COMPLETE_WITHIN_MINUTES = 480
_MANAGED = "arn:aws:iam::aws:policy/"
# By what they are for. S3 has its own two, without which a bucket is refused (AWS Backup, Amazon S3 backups).
_POLICIES = {
    "backup": "service-role/AWSBackupServiceRolePolicyForBackup",
    "restores": "service-role/AWSBackupServiceRolePolicyForRestores",
    "bucket-backup": "AWSBackupServiceRolePolicyForS3Backup",
    "bucket-restore": "AWSBackupServiceRolePolicyForS3Restore",
}


@dataclass(frozen=True, kw_only=True)
class BackupVaultArgs:
    """stores: ARNs of what is copied, by name (`database`): RDS instances, and buckets that keep versions.
    account_id: the account, the only one for which the vault's role may be taken on.
    key_arn: KMS key that encrypts the copies.
    retention_days: how long each is kept, 1 to 36,500.
    lock: nobody can delete a copy sooner. In governance mode, which those who may can lift again: in compliance mode
        not even AWS could.
    deletion_protection: keep the vault; else it goes with all copies.
    """

    stores: Mapping[str, pulumi.Input[str]]
    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    retention_days: int
    lock: bool
    deletion_protection: bool


class BackupVault(Component):
    """A vault, the plan that fills it, and what it is filled from. Nothing is copied to another region."""

    layer = "foundation"

    def __init__(self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.vault = aws.backup.Vault(
            auto_named(BACKUP_VAULT, name),
            kms_key_arn=args.key_arn,
            force_destroy=not args.deletion_protection,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        if args.lock:
            aws.backup.VaultLockConfiguration(
                name,
                backup_vault_name=self.vault.name,
                # Without `changeable_for_days`, which would make it compliance mode.
                min_retention_days=args.retention_days,
                opts=self.child(),
            )
        plan = aws.backup.Plan(
            auto_named(BACKUP_PLAN, name),
            rules=[
                aws.backup.PlanRuleArgs(
                    rule_name="daily",
                    target_vault_name=self.vault.name,
                    schedule=SCHEDULE,
                    start_window=START_WITHIN_MINUTES,
                    completion_window=COMPLETE_WITHIN_MINUTES,
                    lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=args.retention_days),
                )
            ],
            opts=self.child(),
        )
        role, permissions = self._role(name, args)
        for store, arn in args.stores.items():
            aws.backup.Selection(
                auto_named(BACKUP_PLAN, name, store),
                plan_id=plan.id,
                iam_role_arn=role.arn,
                resources=[arn],
                opts=self.child(depends_on=permissions),
            )
        self.register_outputs({"vault": self.vault.name})

    def _role(self, name: str, args: BackupVaultArgs) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        role = aws.iam.Role(
            auto_named(IAM_ROLE, name),
            assume_role_policy=pulumi.Output.from_input(args.account_id).apply(
                lambda account: iam_policy.assumed_by("backup.amazonaws.com", account=account)
            ),
            opts=self.child(),
        )
        return role, [
            aws.iam.RolePolicyAttachment(
                logical(name, purpose), role=role.name, policy_arn=f"{_MANAGED}{policy}", opts=self.child()
            )
            for purpose, policy in _POLICIES.items()
        ]
