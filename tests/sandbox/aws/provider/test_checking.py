"""Inputs that cannot work fail the preview, by their path and with what is allowed."""

from __future__ import annotations

import pytest

from sandbox.provider.values import UNKNOWN
from tests.sandbox.provider.engine_driver import CheckError, EngineDriver

pytestmark = pytest.mark.unit

VPC = "aws:ec2/vpc:Vpc"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
RULE = "aws:lb/listenerRule:ListenerRule"
FORWARD = {"type": "forward", "targetGroupArn": "arn"}


@pytest.mark.parametrize(
    ("token", "inputs", "path", "reason"),
    [
        (VPC, {"cidrBlok": "10.0.0.0/16"}, "cidrBlok", "nearest that is: cidrBlock"),
        (VPC, {"ipv6IpamPoolId": "p"}, "ipv6IpamPoolId", "is not handled by the sandbox's aws:ec2/vpc:Vpc"),
        (VPC, {"enableDnsSupport": "yes"}, "enableDnsSupport", "must be of type boolean, not str"),
        (VPC, {"instanceTenancy": "shared"}, "instanceTenancy", "must be one of default, dedicated, host"),
        (VPC, {"tags": {"a": ["b"]}}, 'tags["a"]', "must be of type string, not list"),
        (VPC, {"region": "us-east-1"}, "region", "the provider is configured for 'ap-southeast-3'"),
        ("aws:ec2/subnet:Subnet", {}, "vpcId", "is required"),
        (TARGET_GROUP, {"name": "a", "namePrefix": "b"}, "namePrefix", "conflicts with name"),
        (TARGET_GROUP, {"port": 0}, "port", "must be from 1 to 65535, not 0"),
        (TARGET_GROUP, {"healthCheck": {"interval": 1}}, "healthCheck.interval", "must be from 5 to 300"),
        (TARGET_GROUP, {"healthCheck": {"pth": "/"}}, "healthCheck.pth", "nearest that is: path"),
        (
            RULE,
            {"listenerArn": "l", "conditions": [{"pathPattern": {"values": ["/"]}}], "actions": [{"type": "forward"}]},
            "actions[0]",
            "needs forward or targetGroupArn",
        ),
        (RULE, {"listenerArn": "l", "conditions": [{}], "actions": [FORWARD]}, "conditions", "at least one of"),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"userData": "A" * 30_000},
            "userData",
            "has 22500 bytes, and EC2 takes 16384",
        ),
        (
            "aws:autoscaling/group:Group",
            {"minSize": 2, "maxSize": 1, "launchTemplate": {"id": "lt-1"}},
            "minSize",
            "is 2, more than maxSize, 1",
        ),
    ],
)
def test_a_wrong_input_is_refused_by_name(
    engine: EngineDriver, token: str, inputs: dict[str, object], path: str, reason: str
) -> None:
    with pytest.raises(CheckError) as refused:
        engine.resource(token, "it", **inputs)
    assert reason in refused.value.failures[path]


def test_a_name_that_would_be_too_long_is_refused(engine: EngineDriver) -> None:
    with pytest.raises(CheckError, match="32 characters"):
        engine.resource(TARGET_GROUP, "a-logical-name-that-is-too-long")


def test_what_is_not_known_yet_is_accepted(engine: EngineDriver) -> None:
    inputs = {"vpcId": UNKNOWN, "cidrBlock": UNKNOWN, "mapPublicIpOnLaunch": True, "tags": {"a": UNKNOWN}}
    assert engine.resource("aws:ec2/subnet:Subnet", "it", **inputs).checked == inputs
    group = engine.resource(
        "aws:autoscaling/group:Group",
        "it",
        minSize=1,
        maxSize=1,
        vpcZoneIdentifiers=[UNKNOWN],
        launchTemplate={"id": UNKNOWN, "version": UNKNOWN},
    )
    assert group.checked["vpcZoneIdentifiers"] == [UNKNOWN]


def test_a_recorded_type_s_inputs_are_checked_against_the_sdk(engine: EngineDriver) -> None:
    with pytest.raises(CheckError, match="retentionInDays"):
        engine.resource("aws:cloudwatch/logGroup:LogGroup", "it", retentionDays=3)
