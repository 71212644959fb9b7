"""What somebody changed by hand is reported by the literal `pulumi refresh`; the literal `pulumi import` takes over."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.end_to_end.platform import Platform, eventually

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

REFRESH = "pulumi refresh --preview-only --expect-no-changes --diff"
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def dev(platform: Platform) -> Platform:
    """The platform, brought up."""
    up = platform.prakerja("up", "--like", "dev")
    assert up.returncode == 0, up.stderr
    eventually(platform.everything_is_healthy, "every machine is healthy")
    return platform


def resources(dev: Platform, kind: str) -> list[dict[str, Any]]:
    """The resources of a type in the engine's state."""
    state = json.loads(dev.shell("pulumi stack export").stdout)
    return [resource for resource in state["deployment"]["resources"] if resource["type"] == kind]


def test_nothing_is_reported_right_after_up(dev: Platform) -> None:
    refresh = dev.shell(REFRESH)
    assert refresh.returncode == 0, refresh.stdout + refresh.stderr


def widen_a_rule(dev: Platform) -> str:
    rules = resources(dev, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    rule = next(one for one in rules if one["inputs"]["toPort"] == 443)
    wanted = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65535, "CidrIpv4": "0.0.0.0/0"}
    dev.client("ec2").modify_security_group_rules(
        GroupId=rule["inputs"]["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": rule["id"], "SecurityGroupRule": wanted}],
    )
    return "443 => 65535"


def shorten_draining(dev: Platform) -> str:
    group = resources(dev, "aws:lb/targetGroup:TargetGroup")[0]["id"]
    attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "3"}
    dev.client("elbv2").modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    return "deregistrationDelay: 30 => 3"


def move_the_default_version(dev: Platform) -> str:
    template = resources(dev, "aws:ec2/launchTemplate:LaunchTemplate")[0]["id"]
    ec2 = dev.client("ec2")
    ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={})
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    return "defaultVersion: 2"


def open_the_bucket(dev: Platform) -> str:
    bucket = resources(dev, "aws:s3/bucketPolicy:BucketPolicy")[0]["id"]
    statement = {"Sid": "Open", "Principal": "*", "Effect": "Allow", "Action": "s3:GetObject"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": f"arn:aws:s3:::{bucket}/*"}]}
    dev.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return '"Open"'


def widen_a_role(dev: Platform) -> str:
    role, name = resources(dev, "aws:iam/rolePolicy:RolePolicy")[0]["id"].split(":")
    dev.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(ANYTHING))
    return 'Action : "*"'


def point_the_alias_elsewhere(dev: Platform) -> str:
    kms = dev.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=resources(dev, "aws:kms/alias:Alias")[0]["id"], TargetKeyId=key)
    return f'=> "{key}"'


def run_something_else(dev: Platform) -> str:
    association = resources(dev, "aws:ssm/association:Association")[0]["id"]
    parameters = {"commands": ["/usr/local/sbin/prakerja-migrate other"]}
    dev.client("ssm").update_association(AssociationId=association, Parameters=parameters)
    return "prakerja-migrate other"


@pytest.mark.parametrize(
    "change",
    [
        widen_a_rule,
        shorten_draining,
        move_the_default_version,
        open_the_bucket,
        widen_a_role,
        point_the_alias_elsewhere,
        run_something_else,
    ],
)
def test_a_change_by_hand_is_reported_and_taken_back(dev: Platform, change: Callable[[Platform], str]) -> None:
    shows = change(dev)
    refresh = dev.shell(REFRESH)
    assert refresh.returncode != 0
    assert shows in " ".join(refresh.stdout.split()), refresh.stdout  # names are aligned by the longest beside them
    assert "expected" in refresh.stderr + refresh.stdout
    up = dev.shell("pulumi up --refresh --yes --skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    again = dev.shell(REFRESH)
    assert again.returncode == 0, again.stdout


def test_an_import_takes_over_what_was_made_by_hand_and_shows_the_code(dev: Platform) -> None:
    made = dev.client("ec2").create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    imported = dev.shell(f"pulumi import aws:ec2/vpc:Vpc by-hand {made} --yes --protect=false")
    assert imported.returncode == 0, imported.stdout + imported.stderr
    assert re.search(r'by_hand = aws\.ec2\.Vpc\(\s+"by-hand",\s+cidr_block="10\.99\.0\.0/16"', imported.stdout)
    assert "rror" not in imported.stderr
