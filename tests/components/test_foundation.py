"""Records, copies, alarms and the firewall are what AWS's guides ask for."""

from __future__ import annotations

import dataclasses
import json

import pytest

from components.data_key import PUBLISHERS
from components.database import BACKUP_WINDOW, MAINTENANCE_WINDOW
from components.service_alarms import ServiceAlarmsArgs
from stacks.manifest import read_manifests
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY, stack_file

pytestmark = pytest.mark.unit

TOPIC = "arn:aws:sns:ap-southeast-3:123456789012:prod-alarms"


def test_the_trail_hears_every_region_and_shows_whether_its_files_were_changed(prod: Recording) -> None:
    trail = prod.one("aws:cloudtrail/trail:Trail")
    assert trail.inputs["enableLogFileValidation"] is True
    assert trail.inputs["isMultiRegionTrail"] is True
    assert trail.inputs["includeGlobalServiceEvents"] is True
    policy = prod.one("aws:s3/bucketPolicy:BucketPolicy", "prod-trail")
    assert policy.urn in trail.dependencies
    _, looks, writes = json.loads(policy.inputs["policy"])["Statement"]
    for statement in (looks, writes):
        # CloudTrail is refused where this names another trail; Pulumi's suffix is not known before.
        assert statement["Condition"]["ArnLike"] == {
            "aws:SourceArn": "arn:aws:cloudtrail:ap-southeast-3:123456789012:trail/prod-trail-*"
        }


def test_all_traffic_of_the_vpc_is_written_down(prod: Recording) -> None:
    flows = prod.one("aws:ec2/flowLog:FlowLog").inputs
    assert (flows["vpcId"], flows["trafficType"]) == ("prod-id", "ALL")
    assert flows["logDestination"] == "arn:aws:cloudwatch:ap-southeast-3:123456789012:prod-flows"


def test_every_log_group_forgets(dev: Recording, prod: Recording) -> None:
    for recording, days in ((dev, 7), (prod, 180)):
        assert {one.inputs["retentionInDays"] for one in recording.of_type("aws:cloudwatch/logGroup:LogGroup")} == {
            days
        }


def test_the_balancer_writes_down_requests_in_a_bucket_that_it_may_write_to_by_then(prod: Recording) -> None:
    balancer = prod.one("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["accessLogs"] == {"bucket": "prod-requests-bucket", "enabled": True}
    assert prod.one("aws:s3/bucketPolicy:BucketPolicy", "prod-requests").urn in balancer.dependencies


def test_buckets_forget_what_nobody_needs(prod: Recording) -> None:
    rules = {
        one.name: one.inputs["rules"][0]
        for one in prod.of_type("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    }
    assert rules.keys() == {"prod-documents", "prod-requests", "prod-trail"}
    for name, rule in rules.items():
        assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}, name
        assert rule["noncurrentVersionExpiration"]["noncurrentDays"] > 0, name
    assert "expiration" not in rules["prod-documents"]
    assert rules["prod-requests"]["expiration"] == {"days": 180}
    assert rules["prod-trail"]["expiration"] == {"days": 731}


def test_apis_within_the_vpc_are_for_prod_and_for_its_machines_alone(dev: Recording, prod: Recording) -> None:
    interfaces = [
        one for one in prod.of_type("aws:ec2/vpcEndpoint:VpcEndpoint") if one.inputs["vpcEndpointType"] == "Interface"
    ]
    wanted = stack_file("prod")["config"]["prakerja:network"]["interface_endpoints"]
    assert [one.name for one in interfaces] == [f"prod-endpoints-{service}" for service in wanted]
    assert all(one.inputs["privateDnsEnabled"] and len(one.inputs["subnetIds"]) == 3 for one in interfaces)
    assert dev.one("aws:ec2/vpcEndpoint:VpcEndpoint").inputs["vpcEndpointType"] == "Gateway"


def test_database_and_documents_are_copied_daily_outside_the_databases_own_windows(prod: Recording) -> None:
    (rule,) = prod.one("aws:backup/plan:Plan").inputs["rules"]
    hour = int(rule["schedule"].split()[1])
    # AWS Backup starts nothing in either window, nor in the hour before it.
    for window in (BACKUP_WINDOW, MAINTENANCE_WINDOW.removeprefix("sun:").replace("-sun:", "-")):
        begin, end = (int(time.split(":")[0]) for time in window.split("-"))
        assert not begin - 1 <= hour <= end
    copied = {one.name: one.inputs["resources"] for one in prod.of_type("aws:backup/selection:Selection")}
    assert copied == {
        "prod-backups-database": ["arn:aws:rds:ap-southeast-3:123456789012:prod-database"],
        "prod-backups-documents": ["arn:aws:s3:ap-southeast-3:123456789012:prod-documents"],
    }
    assert "copyActions" not in rule


def test_what_copies_may_read_buckets_too_and_bring_both_back(prod: Recording) -> None:
    attached = prod.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    of_vault = [one for one in attached if one.name.startswith("prod-backups-")]
    assert {one.inputs["policyArn"] for one in of_vault} == {
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore",
    }
    # AWS Backup refuses a bucket that keeps no versions.
    selection = prod.one("aws:backup/selection:Selection", "prod-backups-documents")
    assert {one.urn for one in of_vault} <= selection.dependencies
    assert prod.one("aws:s3/bucketPolicy:BucketPolicy", "prod-documents").urn in selection.dependencies
    versioning = prod.one("aws:s3/bucketVersioning:BucketVersioning", "prod-documents")
    assert versioning.urn in prod.one("aws:s3/bucketPolicy:BucketPolicy", "prod-documents").dependencies


def test_a_vault_is_locked_in_a_way_that_can_be_lifted(prod: Recording) -> None:
    lock = prod.one("aws:backup/vaultLockConfiguration:VaultLockConfiguration").inputs
    assert "changeableForDays" not in lock
    (rule,) = prod.one("aws:backup/plan:Plan").inputs["rules"]
    assert lock["minRetentionDays"] == rule["lifecycle"]["deleteAfter"] == 90


def test_every_alarm_goes_to_the_one_topic_and_comes_back(prod: Recording) -> None:
    alarms = prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len(alarms) > 20
    for alarm in alarms:
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [TOPIC], alarm.urn
        periods = alarm.inputs["evaluationPeriods"]
        assert alarm.inputs.get("datapointsToAlarm", periods) <= periods, alarm.urn


def test_no_requests_are_no_errors_but_a_data_store_that_says_nothing_is_one(prod: Recording) -> None:
    missing = {
        one.name: one.inputs["treatMissingData"] for one in prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    }
    of_stores = {name for name in missing if name.startswith(("prod-database", "prod-cache"))}
    assert {missing[name] for name in of_stores} == {"breaching"}
    assert "breaching" not in {missing[name] for name in missing.keys() - of_stores}


SIDES = ("", "-containers")


def test_each_service_behind_the_balancer_has_its_alarms(prod: Recording) -> None:
    names = {one.name for one in prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")}
    for service, manifest in read_manifests(REPOSITORY / "app").items():
        kinds = ("unhealthy", "few", "errors", "slow")
        alarms = {f"prod-{service}{side}-{what}" for side in SIDES for what in kinds}
        assert alarms & names == (alarms if manifest.kind == "http" else set())


def test_targets_that_are_not_there_at_all_ring_too(prod: Recording) -> None:
    unhealthy, few = (
        prod.one("aws:cloudwatch/metricAlarm:MetricAlarm", f"prod-registration-{what}").inputs
        for what in ("unhealthy", "few")
    )
    assert (unhealthy["metricName"], unhealthy["comparisonOperator"], unhealthy["threshold"]) == (
        "UnHealthyHostCount",
        "GreaterThanOrEqualToThreshold",
        6,
    )
    assert (few["metricName"], few["comparisonOperator"], few["threshold"]) == (
        "HealthyHostCount",
        "LessThanOrEqualToThreshold",
        60 - 6,
    )
    assert few["dimensions"] == unhealthy["dimensions"]
    # A replacement under way is no accident.
    assert few["datapointsToAlarm"] == few["evaluationPeriods"] > unhealthy["datapointsToAlarm"]


def test_a_side_without_targets_has_no_alarms() -> None:
    values = {field.name: None for field in dataclasses.fields(ServiceAlarmsArgs)}
    with pytest.raises(ValueError, match="targets: 0 given; allowed: from 1"):
        ServiceAlarmsArgs(**{**values, "targets": 0})  # type: ignore[arg-type] # only their number is looked at


def test_whoever_publishes_alarms_may_use_topic_and_key(prod: Recording) -> None:
    """Else CloudWatch drops them without a word."""
    (statement,) = json.loads(prod.one("aws:sns/topicPolicy:TopicPolicy", "prod-alarms").inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": list(PUBLISHERS)}
    key = json.loads(prod.one("aws:kms/key:Key", "prod-internal").inputs["policy"])["Statement"]
    (grant,) = [one for one in key if one.get("Sid") == "Notifications"]
    assert grant["Principal"] == {"Service": list(PUBLISHERS)}
    assert grant["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    topic = prod.one("aws:sns/topic:Topic", "prod-alarms").inputs
    assert topic["kmsMasterKeyId"] == "arn:aws:kms:ap-southeast-3:123456789012:prod-internal"


def test_a_failover_is_told(prod: Recording) -> None:
    events = prod.one("aws:rds/eventSubscription:EventSubscription").inputs
    assert {"failover", "failure", "low storage"} <= set(events["eventCategories"])
    assert (events["sourceIds"], events["snsTopic"]) == (["prod-database"], TOPIC)


def test_a_month_that_grows_dear_is_told_before_it_is(prod: Recording) -> None:
    budget = prod.one("aws:budgets/budget:Budget").inputs
    assert (budget["limitAmount"], budget["timeUnit"]) == ("25000", "MONTHLY")
    told = {(one["notificationType"], one["threshold"]) for one in budget["notifications"]}
    assert told == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    assert all(one["subscriberSnsTopicArns"] == [TOPIC] for one in budget["notifications"])


def test_the_firewall_limits_writes_and_then_asks_awss_rules(dev: Recording, prod: Recording) -> None:
    acl = prod.one("aws:wafv2/webAcl:WebAcl").inputs
    writes, *managed = acl["rules"]
    assert writes["statement"]["rateBasedStatement"]["limit"] == 20000
    scope = writes["statement"]["rateBasedStatement"]["scopeDownStatement"]["byteMatchStatement"]
    assert (scope["searchString"], scope["positionalConstraint"]) == ("POST", "EXACTLY")
    assert writes["action"] == {"block": {"customResponse": {"responseCode": 429}}}
    assert len(managed) == 4
    assert all(rule["overrideAction"] == {"none": {}} for rule in managed)
    association = prod.one("aws:wafv2/webAclAssociation:WebAclAssociation").inputs
    assert association["resourceArn"] == "arn:aws:lb:ap-southeast-3:123456789012:prod-site"
    logging = prod.one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    assert [field["singleHeader"]["name"] for field in logging["redactedFields"]] == ["authorization", "cookie"]
    log_group = prod.one("aws:cloudwatch/logGroup:LogGroup", "prod-firewall").inputs
    assert log_group["namePrefix"] == "aws-waf-logs-prod-firewall-"  # WAF refuses any other
    assert "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration" not in {one.type for one in dev.custom()}
