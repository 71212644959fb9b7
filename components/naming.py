"""Logical names, and whether the physical names that Pulumi makes of them fit.

A logical name never changes: it is a resource's identity. Pulumi makes the physical name of it by appending a hyphen
and seven random hex digits, so that a replacement can stand beside what it replaces. Names that are too long are found
here, not half-way through an update.
"""

from __future__ import annotations

from typing import Final

AUTO_NAME_SUFFIX: Final = len("-0123456")

# Longest physical name, in characters; after each, the operation whose reference says so.
BACKUP_PLAN: Final = 50  # backup CreateBackupSelection, SelectionName; a plan's own name follows it
BACKUP_VAULT: Final = 50  # backup CreateBackupVault, BackupVaultName
BUCKET: Final = 63  # S3, general purpose bucket naming rules
BUDGET: Final = 100  # budgets CreateBudget, BudgetName
CACHE: Final = 40  # elasticache CreateReplicationGroup, ReplicationGroupId
DATABASE_INSTANCE: Final = 63  # rds CreateDBInstance, DBInstanceIdentifier
FUNCTION: Final = 64  # lambda CreateFunction, FunctionName
IAM_ROLE: Final = 64  # iam CreateRole, RoleName
IMAGE_REPOSITORY: Final = 256  # ecr CreateRepository, repositoryName
LAUNCH_TEMPLATE: Final = 128  # ec2 CreateLaunchTemplate, LaunchTemplateName
LOAD_BALANCER: Final = 32  # elbv2 CreateLoadBalancer, Name
MAIL_CONFIGURATION_SET: Final = 64  # ses CreateConfigurationSet, ConfigurationSetName
QUEUE: Final = 80  # sqs CreateQueue, QueueName
SECURITY_GROUP: Final = 255  # ec2 CreateSecurityGroup, GroupName
TARGET_GROUP: Final = 32  # elbv2 CreateTargetGroup, Name
TRAIL: Final = 128  # cloudtrail CreateTrail, Name
TRUST_STORE: Final = 32  # elbv2 CreateTrustStore, Name
WEB_ACL: Final = 128  # wafv2 CreateWebACL, Name


class NameTooLongError(ValueError):
    """A logical name whose physical name would be refused."""


def auto_named(limit: int, *parts: str) -> str:
    """The logical name made of `parts`, for a resource whose physical name may have `limit` characters.

    Raises NameTooLongError where Pulumi's suffix would not fit.
    """
    name = "-".join(parts)
    longest = limit - AUTO_NAME_SUFFIX
    if len(name) > longest:
        raise NameTooLongError(
            f"'{name}' has {len(name)} characters; allowed: up to {longest}, to leave room for a suffix"
        )
    return name


def logical(*parts: str) -> str:
    """The logical name made of `parts`, for a resource that has no physical name."""
    return "-".join(parts)
