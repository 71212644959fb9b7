"""The types that need the corrected cloud, from create to delete: logs, trail, backups, alarms, budget, firewall."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.aws.provider.test_lifecycle import RETAGGED, TAGS, Case, Site, be_imported, live
from tests.sandbox.provider.engine_driver import EngineDriver

pytestmark = pytest.mark.sandbox

ACCOUNT = "123456789012"
TOPIC_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}],
}


@pytest.fixture(scope="module")
def moto_endpoint(corrected_cloud: str) -> str:
    """The cloud server itself in moto's place."""
    return corrected_cloud


@pytest.fixture
def site(engine: EngineDriver) -> Iterator[Site]:
    site = Site(engine)
    yield site
    site.clear()


def delivery(retries: int) -> str:
    return json.dumps({"healthyRetryPolicy": {"numRetries": retries, "minDelayTarget": 1, "maxDelayTarget": 60}})


def visibility(metric: str) -> dict[str, Any]:
    return {"cloudwatchMetricsEnabled": True, "metricName": metric, "sampledRequestsEnabled": True}


def web_acl(limit: int = 1000) -> dict[str, Any]:
    posts = {
        "fieldToMatch": {"method": {}},
        "positionalConstraint": "EXACTLY",
        "searchString": "POST",
        "textTransformations": [{"priority": 0, "type": "NONE"}],
    }
    return {
        "scope": "REGIONAL",
        "defaultAction": {"allow": {}},
        "rules": [
            {
                "name": "writes",
                "priority": 0,
                "action": {"block": {"customResponse": {"responseCode": 429}}},
                "statement": {
                    "rateBasedStatement": {
                        "limit": limit,
                        "aggregateKeyType": "IP",
                        "evaluationWindowSec": 300,
                        "scopeDownStatement": {"byteMatchStatement": posts},
                    }
                },
                "visibilityConfig": visibility("writes"),
            },
            {
                "name": "common",
                "priority": 1,
                "overrideAction": {"none": {}},
                "statement": {
                    "managedRuleGroupStatement": {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
                },
                "visibilityConfig": visibility("common"),
            },
        ],
        "visibilityConfig": visibility("all"),
    }


def notification(kind: str, percent: int, topic: str) -> dict[str, Any]:
    return {
        "notificationType": kind,
        "comparisonOperator": "GREATER_THAN",
        "threshold": percent,
        "thresholdType": "PERCENTAGE",
        "subscriberSnsTopicArns": [topic],
    }


def share_of_errors() -> list[dict[str, Any]]:
    def total(identifier: str, metric: str) -> dict[str, Any]:
        of = {"namespace": "AWS/ApplicationELB", "metricName": metric, "stat": "Sum", "period": 60}
        return {"id": identifier, "metric": {**of, "dimensions": {"LoadBalancer": "app/site/1"}}}

    return [
        {"id": "share", "expression": "100 * errors / requests", "label": "Errors, %", "returnData": True},
        total("errors", "HTTPCode_Target_5XX_Count"),
        total("requests", "RequestCount"),
    ]


CASES = [
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda site: {"retentionInDays": 7, "kmsKeyId": site.key.state["arn"], **TAGS},
        lambda _: {"retentionInDays": 14, "kmsKeyId": None, **RETAGGED},
        {"name": "another"},
    ),
    Case(
        "aws:ec2/flowLog:FlowLog",
        lambda site: {
            "vpcId": site.vpc,
            "trafficType": "ALL",
            "logDestinationType": "cloud-watch-logs",
            "logDestination": site.log_group,
            "iamRoleArn": site.role_arn,
            **TAGS,
        },
        lambda _: RETAGGED,
        {"trafficType": "REJECT"},
    ),
    Case(
        "aws:cloudtrail/trail:Trail",
        lambda site: {
            "s3BucketName": site.bucket,
            "kmsKeyId": site.key.state["arn"],
            "enableLogFileValidation": True,
            "isMultiRegionTrail": True,
            **TAGS,
        },
        lambda _: {"enableLogFileValidation": False, "enableLogging": False, **RETAGGED},
        {"name": "another"},
    ),
    Case(
        "aws:backup/vault:Vault",
        lambda site: {"kmsKeyArn": site.key.state["arn"], "forceDestroy": True, **TAGS},
        lambda _: RETAGGED,
        {"name": "another"},
    ),
    Case(
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        lambda site: {"backupVaultName": site.vault, "minRetentionDays": 7},
        replacing={"minRetentionDays": 8},
    ),
    Case(
        "aws:backup/plan:Plan",
        lambda site: {
            "rules": [
                {
                    "ruleName": "daily",
                    "targetVaultName": site.vault,
                    "schedule": "cron(0 21 * * ? *)",
                    "startWindow": 60,
                    "lifecycle": {"deleteAfter": 35},
                }
            ],
            **TAGS,
        },
        lambda site: {
            "rules": [{"ruleName": "weekly", "targetVaultName": site.vault, "schedule": "cron(0 21 ? * 1 *)"}],
            **RETAGGED,
        },
        {"name": "another"},
    ),
    Case(
        "aws:backup/selection:Selection",
        lambda site: {
            "planId": site.plan,
            "iamRoleArn": site.role_arn,
            "resources": [f"arn:aws:rds:ap-southeast-3:{ACCOUNT}:db:database"],
        },
        replacing={"resources": ["*"]},
    ),
    Case(
        "aws:budgets/budget:Budget",
        lambda site: {
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "limitAmount": "500",
            "limitUnit": "USD",
            "notifications": [notification("ACTUAL", 80, site.topic)],
            **TAGS,
        },
        lambda site: {
            "limitAmount": "600",
            "notifications": [notification("ACTUAL", 90, site.topic), notification("FORECASTED", 100, site.topic)],
            **RETAGGED,
        },
        {"name": "another"},
    ),
    Case(
        "aws:sns/topic:Topic",
        lambda site: {"kmsMasterKeyId": site.key.state["arn"], **TAGS},
        lambda _: {"displayName": "Prakerja", **RETAGGED},
        {"name": "another"},
    ),
    Case(
        "aws:sns/topicPolicy:TopicPolicy",
        lambda site: {"arn": site.topic, "policy": json.dumps(TOPIC_POLICY)},
        lambda _: {"policy": json.dumps({**TOPIC_POLICY, "Id": "changed"})},
        stays=True,
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda site: {"topic": site.topic, "protocol": "email", "endpoint": "platform@prakerja.test"},
        replacing={"endpoint": "other@prakerja.test"},
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda site: {
            "topic": site.topic,
            "protocol": "sqs",
            "endpoint": "arn:aws:sqs:ap-southeast-3:123456789012:events",
            "rawMessageDelivery": True,
        },
        lambda _: {"rawMessageDelivery": False},
        {"endpoint": "arn:aws:sqs:ap-southeast-3:123456789012:others"},
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda site: {
            "topic": site.topic,
            "protocol": "https",
            "endpoint": "https://pager.test/key",
            "endpointAutoConfirms": True,
            "deliveryPolicy": delivery(50),
        },
        lambda _: {"deliveryPolicy": delivery(40)},
        {"endpoint": "https://pager.test/other"},
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda site: {
            "namespace": "AWS/ApplicationELB",
            "metricName": "TargetResponseTime",
            "dimensions": {"LoadBalancer": "app/site/1", "TargetGroup": "targetgroup/portal/1"},
            "extendedStatistic": "p99",
            "evaluateLowSampleCountPercentiles": "ignore",
            "period": 60,
            "evaluationPeriods": 5,
            "datapointsToAlarm": 3,
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 1,
            "treatMissingData": "notBreaching",
            "alarmActions": [site.topic],
            **TAGS,
        },
        lambda _: {"threshold": 1.5, "treatMissingData": None, **RETAGGED},
        {"name": "another"},
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda _: {
            "metricQueries": share_of_errors(),
            "evaluationPeriods": 5,
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 1,
        },
        lambda _: {"evaluationPeriods": 3},
    ),
    Case(
        "aws:cloudwatch/dashboard:Dashboard",
        lambda _: {"dashboardName": "portal", "dashboardBody": '{"widgets": []}'},
        lambda _: {"dashboardBody": '{"start": "-PT6H", "widgets": []}'},
        {"dashboardName": "another"},
    ),
    Case(
        "aws:wafv2/webAcl:WebAcl",
        lambda _: {**web_acl(), **TAGS},
        lambda _: {"rules": web_acl(limit=2000)["rules"], **RETAGGED},
        {"name": "another"},
    ),
    Case(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        lambda site: {"resourceArn": site.balancer, "webAclArn": site.web_acl},
        replacing={"resourceArn": "arn:aws:elasticloadbalancing:ap-southeast-3:123456789012:loadbalancer/app/x/1"},
    ),
    Case(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        lambda site: {
            "resourceArn": site.web_acl,
            "logDestinationConfigs": [site.log_group],
            "redactedFields": [{"singleHeader": {"name": "cookie"}}],
        },
        lambda _: {"redactedFields": None},
    ),
    Case(
        "aws:rds/eventSubscription:EventSubscription",
        lambda site: {
            "snsTopic": site.topic,
            "sourceType": "db-instance",
            "sourceIds": ["database"],
            "eventCategories": ["failover", "failure"],
            **TAGS,
        },
        lambda _: {"eventCategories": ["failover"], "sourceIds": ["other"], "enabled": False, **RETAGGED},
        {"name": "another"},
    ),
    Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        lambda site: {
            "bucket": site.bucket,
            "rules": [
                {
                    "id": "lifetimes",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": 90},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
                }
            ],
        },
        lambda _: {"rules": [{"id": "x", "status": "Disabled", "filter": {"prefix": ""}, "expiration": {"days": 1}}]},
    ),
    Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        lambda site: {
            "vpcId": site.vpc,
            "serviceName": "com.amazonaws.ap-southeast-3.ssm",
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
            "subnetIds": site.subnets,
            "securityGroupIds": [site.group],
            **TAGS,
        },
        lambda site: {"subnetIds": site.subnets[:2], **RETAGGED},
    ),
    Case(
        "aws:rds/subnetGroup:SubnetGroup",
        lambda site: {"subnetIds": site.subnets, **TAGS},
        lambda site: {"subnetIds": site.subnets[:2], **RETAGGED},
    ),
    Case(
        "aws:ssm/association:Association",
        lambda _: {
            "name": "AWS-RunShellScript",
            "targets": [{"key": "InstanceIds", "values": ["i-1"]}],
            "parameters": {"commands": "true"},
            **TAGS,
        },
        lambda _: {"parameters": {"commands": "false"}, **RETAGGED},
    ),
]
EACH = [pytest.param(case, id=case.token) for case in CASES]


@pytest.mark.parametrize("case", EACH)
def test_a_resource_lives_from_create_to_delete(case: Case, engine: EngineDriver, site: Site) -> None:
    live(case, engine, site)


@pytest.mark.parametrize("case", EACH)
def test_an_import_finds_the_inputs_that_made_the_resource(case: Case, engine: EngineDriver, site: Site) -> None:
    be_imported(case, engine, site)
