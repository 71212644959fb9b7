"""Brings the database's schema to a release, inside the VPC, before any machine of the release serves."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component

SHELL_DOCUMENT = "AWS-RunShellScript"
COMMAND = "/usr/local/sbin/prakerja-migrate"
# A new host's boot, and a migration that rewrites a large table.
TIMEOUT_SECONDS = 1800


@dataclass(frozen=True, kw_only=True)
class SchemaMigrationArgs:
    """instance_id: the machine that runs it.
    artefact_sha256: the release; another one is another migration.
    """

    instance_id: pulumi.Input[str]
    artefact_sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.artefact_sha256):
            raise ValueError(f"artefact_sha256: '{self.artefact_sha256}' given; allowed: 64 hex digits")


class SchemaMigration(Component):
    """A Systems Manager association that runs the release's migrations once, and has succeeded when it is made."""

    layer = "iaas"

    def __init__(self, name: str, args: SchemaMigrationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.association = aws.ssm.Association(
            name,
            name=SHELL_DOCUMENT,
            parameters={"commands": f"{COMMAND} {args.artefact_sha256}"},
            targets=[aws.ssm.AssociationTargetArgs(key="InstanceIds", values=[args.instance_id])],
            wait_for_success_timeout_seconds=TIMEOUT_SECONDS,
            # Changing an association runs it again but does not wait for the outcome; making one does.
            opts=self.child(replace_on_changes=["parameters"], delete_before_replace=True),
        )
        self.register_outputs({"association_id": self.association.association_id})
