"""The whole program, run with the tracked environments' own settings."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.components.recorder import RecordedResource, Recording
from tests.stacks.environments import ARTEFACT
from tests.stacks.golden import golden_file

pytestmark = pytest.mark.unit

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
STATEFUL = {
    "aws:backup/vault:Vault",
    "aws:cloudtrail/trail:Trail",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:ecr/repository:Repository",
    "aws:eks/cluster:Cluster",
    "aws:sesv2/emailIdentity:EmailIdentity",
    "aws:sqs/queue:Queue",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "aws:secretsmanager/secret:Secret",
    "aws:route53/zone:Zone",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:ec2/eip:Eip",
    "cloudflare:index/zone:Zone",
}


def everything_before(recording: Recording, resource: RecordedResource) -> set[str]:
    """URNs of all that must exist before a resource is made: what it depends on and what it is within, all the way."""
    by_urn = {one.urn: one for one in recording.resources}
    children: dict[str, list[str]] = {}
    for one in recording.resources:
        children.setdefault(one.parent, []).append(one.urn)
    before: set[str] = set()
    waiting = [resource.urn]
    while waiting:
        one = by_urn[waiting.pop()]
        direct = set(one.dependencies) | ({one.parent} & by_urn.keys())
        # Depending on a component is depending on what is in it.
        direct |= {child for urn in one.dependencies for child in children.get(urn, [])}
        waiting += direct - before
        before |= direct
    return before


@pytest.mark.parametrize(("stack", "sizes"), [("dev", [2, 4]), ("prod", [40, 60])])
def test_each_service_has_a_group_of_fixed_size(stack: str, sizes: list[int], request: pytest.FixtureRequest) -> None:
    groups = request.getfixturevalue(stack).of_type("aws:autoscaling/group:Group")
    assert [group.inputs["desiredCapacity"] for group in groups] == sizes
    for group in groups:
        assert group.inputs["minSize"] == group.inputs["maxSize"] == group.inputs["desiredCapacity"]
        assert group.inputs["waitForElbCapacity"] == group.inputs["desiredCapacity"]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_resources_are_exactly_those_agreed_to(stack: str, request: pytest.FixtureRequest) -> None:
    recording = request.getfixturevalue(stack)
    assert recording.urns() == golden_file(stack).read_text().splitlines(), "agreed to? python -m tests.stacks.golden"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_no_two_resources_have_one_identity(stack: str, request: pytest.FixtureRequest) -> None:
    repeated = {urn for urn, count in Counter(request.getfixturevalue(stack).urns()).items() if count > 1}
    assert repeated == set()


def test_prod_spends_on_what_must_not_fail_and_dev_does_not(dev: Recording, prod: Recording) -> None:
    assert len(prod.of_type("aws:ec2/natGateway:NatGateway")) == 3
    assert len(dev.of_type("aws:ec2/natGateway:NatGateway")) == 1
    assert prod.one("aws:rds/instance:Instance").inputs["multiAz"] is True
    assert dev.one("aws:rds/instance:Instance").inputs["multiAz"] is False
    assert prod.one(CACHE).inputs["multiAzEnabled"] is prod.one(CACHE).inputs["automaticFailoverEnabled"] is True
    assert dev.one(CACHE).inputs["multiAzEnabled"] is dev.one(CACHE).inputs["automaticFailoverEnabled"] is False


def test_in_prod_everything_stateful_is_protected_and_named(prod: Recording) -> None:
    stateful = [one for one in prod.custom() if one.type in STATEFUL]
    assert {one.name for one in stateful if not one.protect} == set()
    assert sorted(one.name for one in stateful) == sorted(prod.exports["protected"])
    assert len(set(prod.exports["protected"])) == len(prod.exports["protected"])


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_deletion_would_begin_with_the_guards_and_they_are_refused_in_prod(
    stack: str, request: pytest.FixtureRequest
) -> None:
    recording: Recording = request.getfixturevalue(stack)
    guards = recording.of_type("prakerja:foundation:Guarded")
    assert {guard.protect for guard in guards} == {stack == "prod"}
    needed = {urn for one in recording.resources for urn in (*one.dependencies, one.parent)}
    assert {one.urn for one in recording.resources if one.urn not in needed} == {guard.urn for guard in guards}
    guard = recording.one("prakerja:foundation:DeletionGuard")
    others = {one.urn for one in recording.custom()}
    assert others <= guard.dependencies


def test_in_prod_aws_refuses_to_delete_too(prod: Recording) -> None:
    database = prod.one("aws:rds/instance:Instance").inputs
    assert database["deletionProtection"] is True
    assert database["skipFinalSnapshot"] is False
    assert database["finalSnapshotIdentifier"] == "prod-database-final"
    assert prod.one("aws:lb/loadBalancer:LoadBalancer").inputs["enableDeletionProtection"] is True
    assert prod.one("aws:eks/cluster:Cluster").inputs["deletionProtection"] is True
    assert prod.one("aws:ecr/repository:Repository").inputs["forceDelete"] is False
    for kind in ("aws:s3/bucket:Bucket", "aws:backup/vault:Vault"):
        assert {one.inputs["forceDestroy"] for one in prod.of_type(kind)} == {False}
    assert {one.inputs["recoveryWindowInDays"] for one in prod.of_type("aws:secretsmanager/secret:Secret")} == {30}


def test_dev_can_be_destroyed_and_made_again(dev: Recording) -> None:
    assert {one.name for one in dev.custom() if one.protect} == set()
    assert dev.exports["protected"] == []
    database = dev.one("aws:rds/instance:Instance").inputs
    assert database["deletionProtection"] is False
    assert database["skipFinalSnapshot"] is True
    assert dev.one("aws:lb/loadBalancer:LoadBalancer").inputs["enableDeletionProtection"] is False
    assert dev.one("aws:eks/cluster:Cluster").inputs["deletionProtection"] is False
    assert dev.one("aws:ecr/repository:Repository").inputs["forceDelete"] is True
    for kind in ("aws:s3/bucket:Bucket", "aws:backup/vault:Vault"):
        assert {one.inputs["forceDestroy"] for one in dev.of_type(kind)} == {True}
    assert "aws:backup/vaultLockConfiguration:VaultLockConfiguration" not in {one.type for one in dev.custom()}
    assert dev.one("aws:route53/zone:Zone").inputs["forceDestroy"] is True
    assert {one.inputs["recoveryWindowInDays"] for one in dev.of_type("aws:secretsmanager/secret:Secret")} == {0}


def test_the_schema_is_migrated_after_database_and_artefact_and_before_any_fleet(prod: Recording) -> None:
    migration = prod.one("aws:ssm/association:Association")
    before = everything_before(prod, migration)
    assert prod.one("aws:rds/instance:Instance").urn in before
    assert prod.one("aws:s3/bucketObjectv2:BucketObjectv2", "prod-artefacts").urn in before
    assert prod.one("aws:ec2/instance:Instance").urn in before
    for group in prod.of_type("aws:autoscaling/group:Group"):
        assert migration.urn in everything_before(prod, group)


def test_a_fleet_waits_for_its_rule_and_its_way_out(prod: Recording) -> None:
    for group in prod.of_type("aws:autoscaling/group:Group"):
        before = everything_before(prod, group)
        assert prod.one("aws:lb/listenerRule:ListenerRule", group.name).urn in before
        assert {route.urn for route in prod.of_type("aws:ec2/route:Route")} <= before
        assert prod.one("aws:ec2/vpcEndpoint:VpcEndpoint", "prod-s3").urn in before


def test_one_artefact_serves_every_service_and_the_migration(prod: Recording) -> None:
    archive = prod.one("aws:s3/bucketObjectv2:BucketObjectv2", "prod-artefacts")
    assert archive.inputs["key"] == f"artefacts/{ARTEFACT.sha256}.tar"
    assert prod.one("aws:ssm/association:Association").inputs["parameters"] == {
        "commands": f"/usr/local/sbin/prakerja-migrate {ARTEFACT.sha256}"
    }
    assert prod.exports["artefact"]["sha256"] == ARTEFACT.sha256


def test_an_older_artefact_outlives_the_release_after_it(prod: Recording) -> None:
    assert prod.one("aws:s3/bucketObjectv2:BucketObjectv2", "prod-artefacts").retain_on_delete


def test_no_secret_is_exported_or_passed_in_clear(prod: Recording) -> None:
    inputs = {(one.type, key) for one in prod.custom() for key in one.inputs}
    assert not {key for _, key in inputs} & {"password", "passwordWo", "secretString", "secretBinary"}
    assert "aws:secretsmanager/secretVersion:SecretVersion" not in {one.type for one in prod.custom()}
