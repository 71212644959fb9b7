"""Whoever is on a machine is written down: by Session Manager's preferences, and with each machine's own leave."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.components.recorder import Recording

pytestmark = pytest.mark.unit

KEY = "arn:aws:kms:ap-southeast-3:123456789012:prod-personal"
GROUP = "arn:aws:cloudwatch:ap-southeast-3:123456789012:prod-sessions"


def preferences(recording: Recording) -> dict[str, Any]:
    document = recording.one("aws:ssm/document:Document").inputs
    assert (document["name"], document["documentType"]) == ("SSM-SessionManagerRunShell", "Session")
    content: dict[str, Any] = json.loads(document["content"])
    assert (content["schemaVersion"], content["sessionType"]) == ("1.0", "Standard_Stream")
    inputs: dict[str, Any] = content["inputs"]
    return inputs


def test_every_session_is_written_down_as_it_happens_under_the_key_for_personal_data(prod: Recording) -> None:
    given = preferences(prod)
    group = prod.one("aws:cloudwatch/logGroup:LogGroup", "prod-sessions")
    assert given["cloudWatchLogGroupName"] == "prod-sessions"
    assert given["cloudWatchStreamingEnabled"] is given["cloudWatchEncryptionEnabled"] is True
    assert given["kmsKeyId"] == group.inputs["kmsKeyId"] == KEY
    assert group.inputs["retentionInDays"] == 180


def test_a_session_that_is_left_ends_by_itself(prod: Recording) -> None:
    given = preferences(prod)
    assert 1 <= int(given["idleSessionTimeout"]) <= 60
    assert int(given["idleSessionTimeout"]) < int(given["maxSessionDuration"]) <= 1440


def test_a_session_runs_as_no_user_that_machines_lack(prod: Recording) -> None:
    assert preferences(prod)["runAsEnabled"] is False


def test_each_kind_of_machine_may_write_its_sessions_and_decrypt_nothing_but_them(prod: Recording) -> None:
    profiles = {one.name for one in prod.of_type("aws:iam/instanceProfile:InstanceProfile")}
    policies = [one for one in prod.of_type("aws:iam/rolePolicy:RolePolicy") if one.name.endswith("-sessions")]
    assert {one.name.removesuffix("-sessions") for one in policies} == profiles
    for policy in policies:
        write, look, decrypt = json.loads(policy.inputs["policy"])["Statement"]
        assert write["Resource"] == f"{GROUP}:*"
        assert set(write["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"}
        assert look["Action"] == ["logs:DescribeLogGroups"]
        assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt"], KEY)
        assert decrypt["Condition"] == {"Null": {"kms:EncryptionContext:aws:ssm:SessionId": "false"}}


def test_a_machine_has_its_leave_before_it_boots(prod: Recording) -> None:
    host = prod.one("aws:ec2/instance:Instance")
    assert prod.one("aws:iam/rolePolicy:RolePolicy", "prod-maintenance-sessions").urn in host.dependencies
