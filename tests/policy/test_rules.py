"""Each rule against resources that break it and their sound twins; what it can't know is unknown, never a pass."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from policy.resource import STACK_TYPE, Resource
from policy.values import UNKNOWN, Secret
from tests.policy.stacks import TAGS, judge, resource, verdict

pytestmark = pytest.mark.unit

BUCKET = resource("aws:s3/bucket:Bucket", name="bucket")
CLOSED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
LISTENER = "aws:lb/listener:Listener"
ZONE_SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
KEY = "aws:kms/key:Key"
RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}


def policy(**statement: Any) -> dict[str, Any]:
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})}


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def pod(container: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "it", **container}], **spec}}}}


def belonging(kind: str, inputs: dict[str, Any]) -> Any:
    type_ = f"aws:s3/bucket{kind}:Bucket{kind}"
    return resource(type_, {"bucket": UNKNOWN, **inputs}, refers={"bucket": BUCKET})


@pytest.mark.parametrize(
    ("rule", "type_", "inputs", "expected"),
    [
        ("public-bucket", "aws:s3/bucketAcl:BucketAcl", {"acl": "public-read"}, "fail"),
        ("public-bucket", "aws:s3/bucketAcl:BucketAcl", {"acl": "private"}, "pass"),
        ("public-bucket", "aws:s3/bucketPolicy:BucketPolicy", policy(Principal="*", Action="s3:GetObject"), "fail"),
        ("public-bucket", "aws:s3/bucketPolicy:BucketPolicy", {"policy": UNKNOWN}, "unknown"),
        ("open-port", INGRESS, {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"}, "fail"),
        ("open-port", INGRESS, {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv6": "::/0"}, "fail"),
        ("open-port", INGRESS, {"ipProtocol": "tcp", "fromPort": 80, "toPort": 443, "cidrIpv4": "0.0.0.0/0"}, "fail"),
        ("open-port", INGRESS, {"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/1"}, "fail"),
        ("open-port", INGRESS, {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "10.0.0.0/8"}, "pass"),
        ("open-port", INGRESS, {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": UNKNOWN}, "unknown"),
        (
            "open-port",
            "aws:ec2/securityGroup:SecurityGroup",
            {"ingress": [{"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrBlocks": ["0.0.0.0/0"]}]},
            "fail",
        ),
        ("missing-encryption", "aws:rds/instance:Instance", {"storageEncrypted": True}, "pass"),
        ("missing-encryption", "aws:rds/instance:Instance", {}, "fail"),
        ("missing-encryption", "aws:sqs/queue:Queue", {"kmsMasterKeyId": UNKNOWN}, "unknown"),
        ("missing-encryption", TEMPLATE, {}, "fail"),
        ("missing-encryption", TEMPLATE, {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}]}, "pass"),
        ("missing-encryption", TEMPLATE, {"blockDeviceMappings": [{"ebs": {"encrypted": "false"}}]}, "fail"),
        ("missing-encryption", INSTANCE, {"rootBlockDevice": {"encrypted": True}}, "pass"),
        ("missing-encryption", INSTANCE, {"rootBlockDevice": {}}, "fail"),
        ("missing-encryption", "aws:ecr/repository:Repository", {}, "fail"),
        ("missing-backup", "aws:rds/instance:Instance", {"backupRetentionPeriod": 6}, "fail"),
        ("missing-backup", "aws:rds/instance:Instance", {"backupRetentionPeriod": 7}, "pass"),
        ("missing-backup", "aws:elasticache/replicationGroup:ReplicationGroup", {}, "fail"),
        ("wildcard-write", ROLE_POLICY, policy(Action="s3:PutObject", Resource="*"), "fail"),
        ("wildcard-write", ROLE_POLICY, policy(Action=["s3:GetObject", "*"], Resource=["*"]), "fail"),
        ("wildcard-write", ROLE_POLICY, policy(NotAction="iam:*", Resource="*"), "fail"),
        ("wildcard-write", ROLE_POLICY, policy(Action="ec2:DescribeInstances", Resource="*"), "pass"),
        ("wildcard-write", ROLE_POLICY, policy(Action="s3:*", Resource="arn:aws:s3:::one/*"), "pass"),
        (
            "wildcard-write",
            ROLE_POLICY,
            policy(
                Action="cloudwatch:PutMetricData",
                Resource="*",
                Condition={"StringEquals": {"cloudwatch:namespace": "prakerja"}},
            ),
            "pass",
        ),
        (
            "wildcard-write",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
            "fail",
        ),
        ("secret-in-clear", INSTANCE, {"userData": "#!/bin/sh\nexport DB_PASSWORD=horse\n"}, "fail"),
        ("secret-in-clear", TEMPLATE, {"userData": base64_of("API_TOKEN=abcdef")}, "fail"),
        ("secret-in-clear", TEMPLATE, {"userData": base64_of("TOKEN=$(curl -X PUT http://169.254.169.254)")}, "pass"),
        (
            "secret-in-clear",
            INSTANCE,
            {"userData": "KEY_SECRET=arn:aws:secretsmanager:ap-southeast-3:1:secret:k"},
            "pass",
        ),
        ("secret-in-clear", INSTANCE, {"userData": "-----BEGIN RSA PRIVATE KEY-----"}, "fail"),
        ("secret-in-clear", INSTANCE, {"userData": Secret("NAME=harmless")}, "fail"),
        ("secret-in-clear", INSTANCE, {"userData": UNKNOWN}, "unknown"),
        ("secret-in-clear", DEPLOYMENT, pod({"env": [{"name": "DB_PASSWORD", "value": "horse"}]}), "fail"),
        ("secret-in-clear", DEPLOYMENT, pod({"env": [{"name": "URL", "value": "postgres://a:horse@b/c"}]}), "fail"),
        (
            "secret-in-clear",
            DEPLOYMENT,
            pod({"env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "it"}}}]}),
            "pass",
        ),
        ("secret-in-clear", DEPLOYMENT, pod({"env": [{"name": "PLAIN", "value": Secret("x")}]}), "fail"),
        ("outside-indonesia", "pulumi:providers:aws", {"region": "ap-southeast-1"}, "fail"),
        ("outside-indonesia", "pulumi:providers:aws", {"region": "ap-southeast-3"}, "pass"),
        ("outside-indonesia", "pulumi:providers:aws", {}, "unknown"),
        ("outside-indonesia", "aws:sqs/queue:Queue", {"region": "us-east-1"}, "fail"),
        ("outside-indonesia", "aws:ec2/subnet:Subnet", {"availabilityZone": "ap-southeast-1a"}, "fail"),
        (
            "outside-indonesia",
            "aws:backup/plan:Plan",
            {"rules": [{"copyActions": [{"destinationVaultArn": "arn:aws:backup:us-east-1:1:backup-vault:far"}]}]},
            "fail",
        ),
        ("imds-v1", INSTANCE, {}, "fail"),
        ("imds-v1", INSTANCE, {"metadataOptions": {"httpTokens": "optional"}}, "fail"),
        ("imds-v1", TEMPLATE, {"metadataOptions": {"httpTokens": "required"}}, "pass"),
        ("imds-v1", TEMPLATE, {"metadataOptions": {"httpEndpoint": "disabled"}}, "pass"),
        ("weak-tls", LISTENER, {"protocol": "HTTP", "defaultActions": [{"type": "forward"}]}, "fail"),
        ("weak-tls", LISTENER, {"protocol": "HTTP", "defaultActions": [{"redirect": {"protocol": "HTTPS"}}]}, "pass"),
        ("weak-tls", LISTENER, {"protocol": "HTTPS"}, "fail"),
        ("weak-tls", LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"}, "fail"),
        ("weak-tls", LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"}, "fail"),
        ("weak-tls", LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}, "pass"),
        ("weak-tls", LISTENER, {"protocol": "TCP"}, "not_applicable"),
        ("weak-tls", "aws:elasticache/replicationGroup:ReplicationGroup", {}, "fail"),
        ("weak-tls", "aws:rds/parameterGroup:ParameterGroup", {"family": "postgres18"}, "fail"),
        ("weak-tls", ZONE_SETTING, {"settingId": "min_tls_version", "value": "1.0"}, "fail"),
        ("weak-tls", ZONE_SETTING, {"settingId": "min_tls_version", "value": "1.2"}, "pass"),
        ("weak-tls", ZONE_SETTING, {"settingId": "ssl", "value": "flexible"}, "fail"),
        ("weak-tls", ZONE_SETTING, {"settingId": "ssl", "value": "full"}, "fail"),
        ("weak-tls", ZONE_SETTING, {"settingId": "ssl", "value": "strict"}, "pass"),
        ("weak-tls", ZONE_SETTING, {"settingId": "always_use_https", "value": "off"}, "fail"),
        ("weak-tls", ZONE_SETTING, {"settingId": "browser_cache_ttl", "value": 0}, "not_applicable"),
        ("log-retention", "aws:cloudwatch/logGroup:LogGroup", {}, "fail"),
        ("log-retention", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 89}, "fail"),
        ("log-retention", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 90}, "pass"),
        ("missing-tags", "aws:ec2/vpc:Vpc", {"tags": {**TAGS, "owner": ""}}, "fail"),
        ("missing-tags", "aws:ec2/vpc:Vpc", {"tags": TAGS}, "pass"),
        ("missing-tags", "aws:ec2/route:Route", {}, "none"),
        ("missing-tags", "aws:autoscaling/group:Group", {"tags": [{"key": key, "value": "x"} for key in TAGS]}, "pass"),
        ("privileged-pod", DEPLOYMENT, pod({"securityContext": RESTRICTED}), "pass"),
        ("privileged-pod", DEPLOYMENT, pod({"securityContext": {**RESTRICTED, "privileged": True}}), "fail"),
        ("privileged-pod", DEPLOYMENT, pod({}), "fail"),
        ("privileged-pod", DEPLOYMENT, pod({"securityContext": RESTRICTED}, hostNetwork=True), "fail"),
        (
            "privileged-pod",
            DEPLOYMENT,
            pod({"securityContext": RESTRICTED}, volumes=[{"name": "v", "hostPath": {"path": "/"}}]),
            "fail",
        ),
        ("privileged-pod", DEPLOYMENT, {"spec": UNKNOWN}, "unknown"),
    ],
)
def test_a_resource_is_judged_by_itself(rule: str, type_: str, inputs: dict[str, Any], expected: str) -> None:
    assert verdict(rule, resource(type_, inputs)) == expected


def test_a_zone_at_the_edge_is_not_left_to_defaults_that_take_old_tls() -> None:
    zone = resource("cloudflare:index/zone:Zone", name="zone")
    set_to = {
        name: resource(
            ZONE_SETTING, {"settingId": name, "value": value, "zoneId": UNKNOWN}, name=name, refers={"zoneId": zone}
        )
        for name, value in {"ssl": "strict", "min_tls_version": "1.2"}.items()
    }
    assert verdict("weak-tls", zone, *set_to.values()) == "pass"
    for left_out in set_to:
        rest = [setting for name, setting in set_to.items() if name != left_out]
        assert verdict("weak-tls", zone, *rest) == "fail"


@pytest.mark.parametrize(
    ("rule", "kind", "sound", "spoiled"),
    [
        ("public-bucket", "PublicAccessBlock", CLOSED, {**CLOSED, "restrictPublicBuckets": False}),
        ("missing-backup", "Versioning", {"versioningConfiguration": {"status": "Enabled"}}, {}),
        (
            "weak-tls",
            "Policy",
            policy(Effect="Deny", Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
            policy(Action="s3:GetObject"),
        ),
    ],
)
def test_a_bucket_is_judged_by_what_names_it(
    rule: str, kind: str, sound: dict[str, Any], spoiled: dict[str, Any]
) -> None:
    assert verdict(rule, BUCKET) == "fail"
    assert verdict(rule, BUCKET, belonging(kind, sound)) == "pass"
    assert verdict(rule, BUCKET, belonging(kind, spoiled)) == "fail"


def test_a_bucket_needs_its_encryption_said() -> None:
    assert verdict("missing-encryption", BUCKET) == "fail"
    said = belonging("ServerSideEncryptionConfiguration", {})
    assert verdict("missing-encryption", BUCKET, said) == "pass"


def test_another_buckets_settings_do_not_count() -> None:
    other = resource("aws:s3/bucket:Bucket", name="other")
    block = resource(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {"bucket": UNKNOWN, **CLOSED},
        refers={"bucket": other},
    )
    assert verdict("public-bucket", BUCKET, block) == "fail"


def test_a_site_port_is_open_to_the_world_for_a_load_balancer_alone() -> None:
    group = resource("aws:ec2/securityGroup:SecurityGroup", name="site")
    rule = resource(
        INGRESS,
        {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"},
        refers={"securityGroupId": group},
    )
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", refers={"securityGroups": group})
    assert verdict("open-port", rule, group) == "fail"
    assert verdict("open-port", rule, group, balancer) == "pass"


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"site": {"url": "https://prakerja.go.id"}}, "pass"),
        ({"database": {"password": "correct-horse"}}, "fail"),
        ({"database": {"password": Secret("correct-horse")}}, "pass"),
        ({"note": "correct-horse-battery"}, "fail"),
        ({"site": UNKNOWN}, "unknown"),
        ({"site": UNKNOWN, "note": "correct-horse-battery"}, "fail"),
    ],
)
def test_an_output_shows_no_secret(outputs: dict[str, Any], expected: str) -> None:
    keeper = resource("aws:rds/instance:Instance", {"password": Secret("correct-horse-battery")})
    assert verdict("secret-in-clear", resource(STACK_TYPE, outputs=outputs), keeper) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([resource(KEY, name="was", outputs={"arn": "arn:1"})], "pass"),
        ([resource(KEY, name="renamed", outputs={"arn": "arn:1"})], "pass"),
        ([resource(KEY, name="was", outputs={"arn": UNKNOWN})], "fail"),
        ([], "fail"),
    ],
)
def test_what_is_stateful_may_be_renamed_but_not_lost(after: list[Resource], expected: str) -> None:
    was = resource(KEY, name="was", outputs={"arn": "arn:1"})
    (found,) = (one for one in judge(*after, before=[was]) if one.rule == "stateful-loss")
    assert (found.urn, found.result.value) == (was.urn, expected)
