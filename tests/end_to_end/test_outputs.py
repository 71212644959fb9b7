"""What auditors read is what the cloud itself answers, page by page; and none of its secrets is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.end_to_end.browser import Browser
from tests.end_to_end.platform import Platform

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

# The fewest that each takes: what an answer is made of takes several pages wherever the cloud has pages.
PAGE_SIZES = {"ec2": 5}
SMALLEST_PAGE = 1
# Shorter ones, such as the master user's name, are no secrets.
SHORTEST_SECRET = 20


@pytest.fixture(scope="module")
def dev(platform: Platform) -> Platform:
    """The platform, brought up."""
    up = platform.prakerja("up", "--like", "dev")
    assert up.returncode == 0, up.stderr
    return platform


@pytest.fixture(scope="module")
def outputs(dev: Platform) -> dict[str, Any]:
    """The outputs, as JSON."""
    shown = dev.prakerja("outputs", "--format", "json")
    assert shown.returncode == 0, shown.stderr
    document: dict[str, Any] = json.loads(shown.stdout)
    return document


@pytest.fixture(scope="module")
def html(dev: Platform, outputs: dict[str, Any]) -> Path:
    """The page."""
    file = dev.directory / ".sandbox" / "platform.html"
    shown = dev.prakerja("outputs", "--format", "html", "--out", str(file))
    assert shown.returncode == 0, shown.stderr
    return file


@pytest.fixture(scope="module")
def numbers(html: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """The page's numbers by their names, as a browser has them."""
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        browser.open(html.as_uri())
        found = re.findall(r'<dd id="number-(\w+)">(\d+)</dd>', browser.text_of("dl.numbers"))
    return {name: int(number) for name, number in found}


def answers(
    dev: Platform, service: str, operation: str, key: str, *, pages: bool = True, **arguments: Any
) -> list[Any]:
    """All that an operation answers. pages: in several pages; False where the sandbox's cloud gives but one."""
    size = PAGE_SIZES.get(service, SMALLEST_PAGE)
    paginator = dev.client(service).get_paginator(operation)
    read = list(paginator.paginate(**arguments, PaginationConfig={"PageSize": size}))
    found = [one for page in read for one in page[key]]
    assert not pages or len(read) > 1, f"{operation} answers {len(found)} on one page"
    return found


def stores(outputs: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {store["identifier"]: store for store in outputs["data_stores"] if store["kind"] == kind}


def test_the_outputs_obey_their_schema(dev: Platform, outputs: dict[str, Any]) -> None:
    schema = json.loads((dev.directory / "stacks" / "outputs.schema.json").read_text())
    assert list(Draft202012Validator(schema).iter_errors(outputs)) == []


def test_every_machine_is_counted(dev: Platform, outputs: dict[str, Any], numbers: dict[str, int]) -> None:
    groups = answers(dev, "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups")
    told = {
        one["vms"]["auto_scaling_group"]: one["vms"]["desired"] for one in outputs["services"].values() if one["vms"]
    }
    assert told == {group["AutoScalingGroupName"]: group["DesiredCapacity"] for group in groups}
    in_groups = answers(dev, "autoscaling", "describe_auto_scaling_instances", "AutoScalingInstances", pages=False)
    assert numbers["vms"] == len(in_groups) == 6


def test_every_subnet_is_told_of(dev: Platform, outputs: dict[str, Any], numbers: dict[str, int]) -> None:
    network = outputs["network"]
    found = answers(
        dev,
        "ec2",
        "describe_subnets",
        "Subnets",
        pages=False,
        Filters=[{"Name": "vpc-id", "Values": [network["vpc_id"]]}],
    )
    told = {
        (subnet, zone, cidr)
        for tier, subnets in network["subnets"].items()
        for subnet, zone, cidr in zip(subnets, network["zones"], network["subnet_cidrs"][tier], strict=True)
    }
    assert told == {(one["SubnetId"], one["AvailabilityZone"], one["CidrBlock"]) for one in found}
    assert numbers["subnets"] == len(found)


def test_every_opening_is_told_of(dev: Platform, outputs: dict[str, Any], numbers: dict[str, int]) -> None:
    openings = outputs["exposure"]["openings"]
    groups = answers(
        dev,
        "ec2",
        "describe_security_groups",
        "SecurityGroups",
        pages=False,
        Filters=[{"Name": "vpc-id", "Values": [outputs["network"]["vpc_id"]]}],
    )
    rules = answers(
        dev,
        "ec2",
        "describe_security_group_rules",
        "SecurityGroupRules",
        pages=False,
        Filters=[{"Name": "group-id", "Values": [group["GroupId"] for group in groups]}],
    )
    # The cluster's own group lets its members speak to each other by a rule that AWS makes with it.
    made_by_aws = {
        rule["SecurityGroupRuleId"]
        for rule in rules
        if rule["GroupId"] == _cluster_group(dev, outputs) and rule["IpProtocol"] == "-1"
    }
    assert {opening["rule_id"] for opening in openings} == {rule["SecurityGroupRuleId"] for rule in rules} - made_by_aws
    by_id = {rule["SecurityGroupRuleId"]: rule for rule in rules}
    for opening in openings:
        rule = by_id[opening["rule_id"]]
        peer = rule.get("CidrIpv4") or rule["ReferencedGroupInfo"]["GroupId"]
        assert (opening["direction"] == "egress", opening["from_port"], opening["to_port"], opening["peer"]) == (
            rule["IsEgress"],
            rule["FromPort"],
            rule["ToPort"],
            peer,
        )
    assert numbers["openings"] == len(openings)
    assert numbers["openings_to_anybody"] == sum(
        not rule["IsEgress"] and rule.get("CidrIpv4") == "0.0.0.0/0" for rule in rules
    )


def _cluster_group(dev: Platform, outputs: dict[str, Any]) -> str:
    cluster = dev.client("eks").describe_cluster(name=outputs["cluster"]["name"])["cluster"]
    group: str = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    return group


def test_listeners_and_rules_are_the_load_balancers(
    dev: Platform, outputs: dict[str, Any], numbers: dict[str, int]
) -> None:
    balancer = outputs["site"]["load_balancer_arn"]
    found = answers(dev, "elbv2", "describe_listeners", "Listeners", pages=False, LoadBalancerArn=balancer)
    assert {(one["arn"], one["port"], one["protocol"]) for one in outputs["exposure"]["listeners"]} == {
        (one["ListenerArn"], one["Port"], one["Protocol"]) for one in found
    }
    assert numbers["listeners"] == len(found)
    rules = answers(dev, "elbv2", "describe_rules", "Rules", ListenerArn=outputs["site"]["https_listener_arn"])
    assert {(one["rule_arn"], str(one["priority"])) for one in outputs["traffic"].values()} == {
        (rule["RuleArn"], rule["Priority"]) for rule in rules if not rule["IsDefault"]
    }


def test_every_role_may_do_what_iam_says(dev: Platform, outputs: dict[str, Any], numbers: dict[str, int]) -> None:
    iam = dev.client("iam")
    ours = [role for role in answers(dev, "iam", "list_roles", "Roles") if role["RoleName"].startswith("dev-")]
    told = {role["name"]: role for role in outputs["identities"]["roles"]}
    assert set(told) == {role["RoleName"] for role in ours}
    assert numbers["roles"] == len(ours)
    for name, role in told.items():
        attached = answers(dev, "iam", "list_attached_role_policies", "AttachedPolicies", pages=False, RoleName=name)
        assert role["managed_policies"] == sorted(one["PolicyArn"] for one in attached)
        inline = answers(dev, "iam", "list_role_policies", "PolicyNames", pages=False, RoleName=name)
        documents = [iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in inline]
        made = [
            (sorted(_list(one["Action"])), sorted(_list(one["Resource"])))
            for document in documents
            for one in document["Statement"]
        ]
        assert sorted((one["actions"], one["resources"]) for one in role["statements"]) == sorted(made)


def test_every_data_store_is_told_of_with_its_key(
    dev: Platform, outputs: dict[str, Any], numbers: dict[str, int]
) -> None:
    s3, sqs = dev.client("s3"), dev.client("sqs")
    buckets = stores(outputs, "bucket")
    found = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if bucket["Name"].startswith("dev-")]
    assert set(buckets) == {f"arn:aws:s3:::{name}" for name in found}
    for name in found:
        [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        key = rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")
        assert buckets[f"arn:aws:s3:::{name}"]["encryption_key_arn"] == key
    urls = answers(dev, "sqs", "list_queues", "QueueUrls", QueueNamePrefix="dev-")
    attributes = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls]
    assert {arn: store["encryption_key_arn"] for arn, store in stores(outputs, "queue").items()} == {
        one["QueueArn"]: one["KmsMasterKeyId"] for one in attributes
    }
    secrets = answers(dev, "secretsmanager", "list_secrets", "SecretList")
    assert set(stores(outputs, "secret")) == {secret["ARN"] for secret in secrets}
    groups = answers(dev, "logs", "describe_log_groups", "logGroups")
    assert {arn: store["retention_days"] for arn, store in stores(outputs, "log group").items()} == {
        group["arn"].removesuffix(":*"): group["retentionInDays"] for group in groups
    }
    [database] = dev.client("rds").describe_db_instances()["DBInstances"]
    [told] = stores(outputs, "database").values()
    assert told["encryption_key_arn"] == database["KmsKeyId"]
    assert told["backups"][0]["retention_days"] == database["BackupRetentionPeriod"]
    assert numbers["data_stores"] == len(outputs["data_stores"])
    assert numbers["data_stores_unencrypted"] == 0


def test_the_page_shows_what_the_outputs_hold(
    html: Path, outputs: dict[str, Any], numbers: dict[str, int], tmp_path: Path
) -> None:
    with Browser(tmp_path) as browser:
        browser.open(html.as_uri())
        body = browser.text_of("main").replace("<wbr>", "")
    for rule in outputs["exposure"]["openings"]:
        assert rule["rule_id"] in body
    for store in outputs["data_stores"]:
        assert store["identifier"] in body
    assert numbers["resources"] == sum(
        len(part["resources"]) for parts in outputs["inventory"].values() for part in parts
    )


def test_no_secret_of_the_cloud_is_in_any_form(dev: Platform, html: Path) -> None:
    secrets = set(_secrets(dev))
    assert len(secrets) > 2
    forms = [dev.prakerja("outputs", "--format", form).stdout for form in ("table", "json", "csv")]
    for text in (*forms, html.read_text().replace("<wbr>", "")):
        assert len(text) > 10_000
        assert not [secret for secret in secrets if secret in text]


def _secrets(dev: Platform) -> Iterator[str]:
    """The values of secrets that have one, what within them is long enough to be one, and the engine's passphrase."""
    client = dev.client("secretsmanager")
    for secret in answers(dev, "secretsmanager", "list_secrets", "SecretList"):
        if not secret.get("SecretVersionsToStages"):  # a webhook's, which rotation gives its first
            continue
        value = client.get_secret_value(SecretId=secret["ARN"])["SecretString"]
        yield value
        yield from (within for within in map(str, json.loads(value).values()) if len(within) >= SHORTEST_SECRET)
    yield dev.checkout.passphrase_file.read_text().strip()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
