"""A cloud without a data plane: nothing waits for what only the data plane would bring about, and nothing is kept."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.aws.server.conftest import CloudServer

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudServer]:
    server = CloudServer(tmp_path_factory.mktemp("alone"), "--alone")
    server.start()
    yield server
    assert server.end(signal.SIGTERM) == 0
    assert "Traceback" not in server.log.read_text()
    assert not server.state.cloud_snapshot.exists()


def soon(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_database_is_available(alone: CloudServer) -> None:
    rds = alone.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="main", Engine="postgres", DBInstanceClass="db.m7g.large", AllocatedStorage=100,
        MasterUsername="owner", ManageMasterUserPassword=True,
    )  # fmt: skip
    soon(lambda: rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "available")


def test_a_cache_is_available(alone: CloudServer) -> None:
    cache = alone.client("elasticache")
    cache.create_replication_group(
        ReplicationGroupId="main", ReplicationGroupDescription="d", Engine="valkey", EngineVersion="8.1",
        CacheNodeType="cache.t4g.small",
    )  # fmt: skip
    soon(lambda: cache.describe_replication_groups()["ReplicationGroups"][0]["Status"] == "available")


def test_what_is_to_run_on_a_machine_has_succeeded(alone: CloudServer) -> None:
    ssm = alone.client("ssm")
    identifier = ssm.create_association(
        Name="AWS-RunShellScript",
        Targets=[{"Key": "InstanceIds", "Values": ["i-maintenance"]}],
        Parameters={"commands": ["true"]},
    )["AssociationDescription"]["AssociationId"]

    def status() -> str:
        described = ssm.describe_association(AssociationId=identifier)["AssociationDescription"]
        return str(described["Overview"]["Status"])

    soon(lambda: status() == "Success")


def test_targets_are_healthy(alone: CloudServer) -> None:
    ec2, balancing = alone.client("ec2"), alone.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    group = balancing.create_target_group(Name="portal", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    balancing.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.20.0.9", "Port": 8080}])

    def states() -> list[str]:
        described = balancing.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return [one["TargetHealth"]["State"] for one in described]

    soon(lambda: states() == ["healthy"])


def test_nothing_is_kept(tmp_path: Path) -> None:
    server = CloudServer(tmp_path, "--alone")
    server.start()
    server.client("sqs").create_queue(QueueName="q")
    assert server.end(signal.SIGTERM) == 0
    assert not server.state.cloud_snapshot.exists()
