"""What people do on machines: every session by Systems Manager, written down as it is typed and answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.permissions import record_sessions

# The one name that Session Manager looks for its preferences under, in each account and region.
PREFERENCES = "SSM-SessionManagerRunShell"
# AWS Systems Manager, session document schema: 1 to 60, and 1 to 1,440.
IDLE_MINUTES = 15
LONGEST_MINUTES = 240


@dataclass(frozen=True, kw_only=True)
class SessionLogArgs:
    """account_id, region: whose sessions they are.
    key_arn: KMS key that encrypts the sessions on their way, and that CloudWatch Logs may encrypt with.
    retention_days: how long they are kept; one of CloudWatch Logs' own choices.
    deletion_protection: keep the log group.
    """

    account_id: pulumi.Input[str]
    region: str
    key_arn: pulumi.Input[str]
    retention_days: int
    deletion_protection: bool


class SessionLog(Component):
    """Session Manager's preferences for the whole account and region, and the encrypted log group that they name.

    permission: what a machine needs to take part; without it no session on it begins.
    """

    layer = "foundation"

    def __init__(self, name: str, args: SessionLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.log_group = aws.cloudwatch.LogGroup(
            name,
            retention_in_days=args.retention_days,
            kms_key_id=args.key_arn,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        aws.ssm.Document(
            name,
            name=PREFERENCES,
            document_type="Session",
            document_format="JSON",
            content=pulumi.Output.all(group=self.log_group.name, key=args.key_arn).apply(
                lambda known: json.dumps(_preferences(known["group"], known["key"]))
            ),
            opts=self.child(),
        )
        self.permission = record_sessions(
            self.log_group.arn, args.key_arn, region=args.region, account_id=args.account_id
        )
        self.register_outputs({"log_group": self.log_group.name})


def _preferences(log_group: str, key_arn: str) -> dict[str, Any]:
    return {
        "schemaVersion": "1.0",
        "description": "Preferences of every session on a machine",
        "sessionType": "Standard_Stream",
        "inputs": {
            "s3BucketName": "",
            "s3KeyPrefix": "",
            "s3EncryptionEnabled": True,
            "cloudWatchLogGroupName": log_group,
            "cloudWatchEncryptionEnabled": True,
            # As it happens, rather than once it has ended: who breaks a machine leaves a trace all the same.
            "cloudWatchStreamingEnabled": True,
            "kmsKeyId": key_arn,
            "idleSessionTimeout": str(IDLE_MINUTES),
            "maxSessionDuration": str(LONGEST_MINUTES),
            # Machines have no users of people's own to run as. Who it was is the IAM identity in the audit trail, and
            # in the name of the session's log stream.
            "runAsEnabled": False,
            "runAsDefaultUser": "",
            "shellProfile": {"linux": "", "windows": ""},
        },
    }
