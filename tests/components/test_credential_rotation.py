"""One function replaces the named secrets and may do nothing else; Secrets Manager of this account alone calls it."""

from __future__ import annotations

import dataclasses
import json
import sys
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import botocore.session
import pulumi
import pytest
from botocore.model import StringShape

from components.credential_rotation import CredentialRotation, CredentialRotationArgs, RotatedSecret
from tests.components.recorder import Recording, record
from tests.stacks.environments import REPOSITORY

pytestmark = pytest.mark.unit

CREDENTIAL, WEBHOOK = (f"arn:aws:secretsmanager:ap-southeast-3:123456789012:secret:{name}" for name in ("one", "two"))
ARGS = CredentialRotationArgs(
    secrets={
        "wallet-credential": RotatedSecret(
            kind="credential", arn=CREDENTIAL, days=30, connect_seconds=3, answer_seconds=20
        ),
        "wallet-webhook": RotatedSecret(kind="webhook", arn=WEBHOOK, days=90, connect_seconds=3, answer_seconds=20),
    },
    networks={"wallet": [IPv4Network("203.0.113.0/28"), IPv4Network("198.51.100.7/32")]},
    source=REPOSITORY,
    account_id="123456789012",
    region="ap-southeast-3",
    vpc_id="vpc-1",
    subnet_ids=["subnet-1", "subnet-2"],
    subnet_arns=["arn:aws:ec2:subnet/1", "arn:aws:ec2:subnet/2"],
    key_arn="arn:aws:kms:key",
    log_retention_days=180,
    deletion_protection=True,
)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record(lambda: CredentialRotation("test-rotation", ARGS))


@pytest.fixture(scope="module")
def function(recording: Recording) -> dict[str, Any]:
    return recording.one("aws:lambda/function:Function").inputs


def statements(recording: Recording) -> list[dict[str, Any]]:
    return [
        statement
        for policy in recording.of_type("aws:iam/rolePolicy:RolePolicy")
        for statement in json.loads(policy.inputs["policy"])["Statement"]
    ]


def test_it_is_told_how_each_secret_is_rotated_and_nothing_secret(function: dict[str, Any]) -> None:
    (variables,) = function["environment"].values()
    patience = {"connect_seconds": 3, "answer_seconds": 20}
    assert json.loads(variables.pop("PRAKERJA_ROTATIONS")) == {
        CREDENTIAL: {"kind": "credential", **patience},
        WEBHOOK: {"kind": "webhook", **patience},
    }
    assert variables == {}


def test_it_has_the_time_that_a_slow_partner_takes_and_runs_one_step_at_once(function: dict[str, Any]) -> None:
    assert function["timeout"] >= 2 * (3 + 20) + 30
    assert function["reservedConcurrentExecutions"] == 1
    assert "tracingConfig" not in function


def test_its_code_is_the_packages_files_alone_and_its_handler_is_in_them(
    function: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = function["code"]
    assert isinstance(archive, pulumi.AssetArchive)
    assert sorted(archive.assets) == [
        "app/__init__.py",
        "app/credential_rotation/__init__.py",
        "app/credential_rotation/handler.py",
        "app/credential_rotation/registration.py",
    ]
    module, _, name = function["handler"].rpartition(".")
    source = f"{module.replace('.', '/')}.py"
    assert f"def {name}(" in Path(archive.assets[source].path).read_text()  # type: ignore[union-attr] # a file


def test_it_needs_nothing_that_its_runtime_does_not_bring() -> None:
    known = {*sys.stdlib_module_names, "boto3", "app"}
    for path in (REPOSITORY / "app/credential_rotation").glob("*.py"):
        lines = [line.split() for line in path.read_text().splitlines() if line.startswith(("import ", "from "))]
        assert {words[1].split(".")[0] for words in lines} <= known


def test_runtime_and_handler_are_such_as_lambda_takes(function: dict[str, Any]) -> None:
    model = botocore.session.get_session().get_service_model("lambda")
    runtimes, processors = model.shape_for("Runtime"), model.shape_for("Architecture")
    assert isinstance(runtimes, StringShape)
    assert isinstance(processors, StringShape)
    assert function["runtime"] in runtimes.enum
    assert set(function["architectures"]) <= set(processors.enum)
    assert "ap-southeast-3" in botocore.session.get_session().get_available_regions("lambda")


def test_it_may_replace_the_named_secrets_and_touch_no_other(recording: Recording) -> None:
    by_secret = {
        statement["Resource"]: set(statement["Action"])
        for statement in statements(recording)
        if any(action.startswith("secretsmanager:") for action in statement["Action"])
    }
    actions = {
        f"secretsmanager:{name}"
        for name in ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
    }
    assert by_secret == {CREDENTIAL: actions, WEBHOOK: actions}
    keys = [one for one in statements(recording) if any(action.startswith("kms:") for action in one["Action"])]
    assert {one["Resource"] for one in keys} == {"arn:aws:kms:key"}
    assert {(one["Condition"]["StringEquals"]["kms:ViaService"], *one["Action"]) for one in keys} == {
        ("secretsmanager.ap-southeast-3.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey"),
        ("lambda.ap-southeast-3.amazonaws.com", "kms:Decrypt"),
    }


def test_what_it_may_do_to_everything_only_reads(recording: Recording) -> None:
    everywhere = [action for one in statements(recording) if one["Resource"] == "*" for action in one["Action"]]
    assert everywhere
    assert all(action.startswith("ec2:Describe") for action in everywhere)


def test_it_gets_an_address_in_its_own_subnets_and_group(recording: Recording) -> None:
    where = [one["Resource"] for one in statements(recording) if one["Action"] == ["ec2:CreateNetworkInterface"]]
    group = "arn:aws:ec2:ap-southeast-3:123456789012:test-rotation"
    interface = "arn:aws:ec2:ap-southeast-3:123456789012:network-interface/*"
    assert where == ["arn:aws:ec2:subnet/1", "arn:aws:ec2:subnet/2", group, interface]


def test_it_speaks_https_alone_and_nobody_speaks_to_it(recording: Recording, function: dict[str, Any]) -> None:
    rules = [one.inputs for one in recording.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")]
    assert {rule["cidrIpv4"] for rule in rules} == {"0.0.0.0/0", "203.0.113.0/28", "198.51.100.7/32"}
    assert {(rule["fromPort"], rule["toPort"], rule["ipProtocol"]) for rule in rules} == {(443, 443, "tcp")}
    assert not [one for one in recording.resources if "IngressRule" in one.type]
    assert function["vpcConfig"] == {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["test-rotation-id"]}


def test_secrets_manager_of_this_account_alone_may_call_it(recording: Recording) -> None:
    permission = recording.one("aws:lambda/permission:Permission").inputs
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert permission["sourceAccount"] == "123456789012"
    (trust,) = json.loads(recording.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_a_webhook_secret_is_made_at_once_and_a_credential_waits_for_its_first_value(recording: Recording) -> None:
    rotations = {one.name: one for one in recording.of_type("aws:secretsmanager/secretRotation:SecretRotation")}
    permission = recording.one("aws:lambda/permission:Permission").urn
    expected = {"test-rotation-wallet-credential": (False, 30), "test-rotation-wallet-webhook": (True, 90)}
    assert rotations.keys() == expected.keys()
    for name, (at_once, days) in expected.items():
        inputs = rotations[name].inputs
        assert inputs["rotateImmediately"] is at_once
        assert inputs["rotationRules"] == {"automaticallyAfterDays": days}
        assert permission in rotations[name].dependencies, "Secrets Manager tries at once whether it may call it"


def test_what_it_writes_down_is_encrypted_and_kept(recording: Recording, function: dict[str, Any]) -> None:
    group = recording.one("aws:cloudwatch/logGroup:LogGroup")
    assert function["kmsKeyArn"] == "arn:aws:kms:key"
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == ("arn:aws:kms:key", 180)
    assert group.protect
    assert function["loggingConfig"]["logGroup"] == group.name
    logs = [one for one in statements(recording) if one["Action"][0].startswith("logs:")]
    assert [one["Action"] for one in logs] == [["logs:CreateLogStream", "logs:PutLogEvents"]]


def test_everything_that_it_needs_is_there_before_it(recording: Recording) -> None:
    before = recording.one("aws:lambda/function:Function").dependencies
    needed = {
        one.urn
        for one in recording.resources
        if one.type in ("aws:iam/rolePolicy:RolePolicy", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    }
    assert needed <= before


def test_what_cannot_work_is_refused_before_anything_is_made() -> None:
    with pytest.raises(ValueError, match="secrets: none given; allowed: at least one"):
        dataclasses.replace(ARGS, secrets={})
    with pytest.raises(ValueError, match="days: 0 given; allowed: 1 to 1,000"):
        dataclasses.replace(ARGS.secrets["wallet-webhook"], days=0)
