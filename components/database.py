"""PostgreSQL, managed: encrypted, TLS only, logged into by role, backed up to the second, its log kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import DATABASE_INSTANCE, SECURITY_GROUP, auto_named, logical

DATABASE_NAME = "prakerja"
PORT = 5432
# rds CreateDBInstance, MasterUsername: at most 16 characters. Services never log in by it: RDS changes its password.
MASTER_USER = "prakerja_master"
# In UTC; one and half past two at night in Jakarta, when the fewest people are there. Windows may not overlap.
BACKUP_WINDOW = "18:00-18:30"
MAINTENANCE_WINDOW = "sun:19:30-sun:20:30"
# rds CreateDBInstance, EnableCloudwatchLogsExports: the server's own log, and that of a move to a new major version.
LOGS = ("postgresql", "upgrade")
# What is written down: who connected, who waited, what failed. Never what a statement says, as it may name people.
LOGGING = {
    "log_connections": "1",
    "log_disconnections": "1",
    "log_lock_waits": "1",
    # No statement for what it is, nor for how long it took, nor beside the error that it ended with.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    # Without an error's details: they quote the values that broke a constraint, and the statements of a deadlock.
    "log_error_verbosity": "terse",
    # Should somebody log statements for a while: at least without the values bound to them.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """identifier: what RDS knows it by, and what its logs' places are named by. Another one is another database.
    vpc_id, subnet_ids: where it stands; subnets of two zones at least.
    key_arn: KMS key of storage, backups, logs and the master password.
    engine_version: PostgreSQL's major and minor version.
    instance_class: RDS instance class.
    max_connections: PostgreSQL's parameter of that name.
    multi_az: keep a standby in a second zone.
    allocated_storage_gib, max_allocated_storage_gib: first size of the storage, and how far it may grow.
    backup_retention_days: days that can be gone back to, 1 to 35.
    log_retention_days: how long its logs are kept; one of CloudWatch Logs' own choices.
    deletion_protection: keep it; else it goes without a last snapshot.
    """

    identifier: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    engine_version: str
    instance_class: str
    max_connections: int
    multi_az: bool
    allocated_storage_gib: int
    max_allocated_storage_gib: int
    backup_retention_days: int
    log_retention_days: int
    deletion_protection: bool

    def __post_init__(self) -> None:
        if not self.engine_version.partition(".")[0].isdigit():
            raise ValueError(f"engine_version: '{self.engine_version}' given; allowed: a version such as 18.1")

    @property
    def parameter_family(self) -> str:
        """The family of parameter groups that fits the engine's version."""
        return f"postgres{self.engine_version.partition('.')[0]}"


class Database(Component):
    """One PostgreSQL instance, with a standby where asked.

    Its identifier is fixed, as its logs' place follows from that: RDS writes to groups that are named by it, within its
    first minutes, and makes those that are missing, unencrypted and kept for ever. The component's name may change.
    """

    layer = "paas"

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.security_group = aws.ec2.SecurityGroup(
            auto_named(SECURITY_GROUP, name),
            description="PostgreSQL; each service that needs it is let in by name",
            vpc_id=args.vpc_id,
            opts=self.child(),
        )
        subnet_group = aws.rds.SubnetGroup(name, subnet_ids=list(args.subnet_ids), opts=self.child())
        parameter_group = aws.rds.ParameterGroup(
            name,
            family=args.parameter_family,
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name="rds.force_ssl", value="1", apply_method="immediate"),
                aws.rds.ParameterGroupParameterArgs(
                    name="max_connections", value=str(args.max_connections), apply_method="pending-reboot"
                ),
                *(
                    aws.rds.ParameterGroupParameterArgs(name=parameter, value=value, apply_method="immediate")
                    for parameter, value in LOGGING.items()
                ),
            ],
            opts=self.child(),
        )
        log_groups = self._log_groups(name, args)
        self.instance = aws.rds.Instance(
            # With room left for the name of another beside it, when one is restored.
            auto_named(DATABASE_INSTANCE, name),
            identifier=args.identifier,
            engine="postgres",
            engine_version=args.engine_version,
            auto_minor_version_upgrade=False,
            instance_class=args.instance_class,
            db_name=DATABASE_NAME,
            port=PORT,
            username=MASTER_USER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.key_arn,
            iam_database_authentication_enabled=True,
            multi_az=args.multi_az,
            db_subnet_group_name=subnet_group.name,
            parameter_group_name=parameter_group.name,
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=args.key_arn,
            allocated_storage=args.allocated_storage_gib,
            max_allocated_storage=args.max_allocated_storage_gib,
            backup_retention_period=args.backup_retention_days,
            backup_window=BACKUP_WINDOW,
            maintenance_window=MAINTENANCE_WINDOW,
            enabled_cloudwatch_logs_exports=list(LOGS),
            copy_tags_to_snapshot=True,
            deletion_protection=args.deletion_protection,
            delete_automated_backups=not args.deletion_protection,
            skip_final_snapshot=not args.deletion_protection,
            final_snapshot_identifier=logical(name, "final") if args.deletion_protection else None,
            opts=self.stateful_child(name, protect=args.deletion_protection, depends_on=log_groups),
        )
        self.address = self.instance.address
        self.resource_id = self.instance.resource_id
        self.master_secret_arn: pulumi.Output[str] = self.instance.master_user_secrets.apply(
            lambda secrets: cast("str", secrets[0].secret_arn)
        )
        self.register_outputs({"address": self.address})

    def _log_groups(self, name: str, args: DatabaseArgs) -> list[pulumi.Resource]:
        """One for each log, of the name that RDS looks for (Amazon RDS, publishing PostgreSQL logs)."""
        return [
            aws.cloudwatch.LogGroup(
                logical(name, log),
                name=f"/aws/rds/instance/{args.identifier}/{log}",
                retention_in_days=args.log_retention_days,
                kms_key_id=args.key_arn,
                opts=self.stateful_child(logical(name, log), protect=args.deletion_protection),
            )
            for log in LOGS
        ]
