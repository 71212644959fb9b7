from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def subnet_group(cloud: Any) -> str:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{96 + index}.0/24", AvailabilityZone=f"ap-southeast-3{zone}")
        for index, zone in enumerate("abc")
    ]
    cloud.client("rds").create_db_subnet_group(
        DBSubnetGroupName="data",
        DBSubnetGroupDescription="data",
        SubnetIds=[subnet["Subnet"]["SubnetId"] for subnet in subnets],
    )
    return "data"


def create(cloud: Any, subnet_group: str, identifier: str = "main", **settings: Any) -> dict[str, Any]:
    database: dict[str, Any] = cloud.client("rds").create_db_instance(
        DBInstanceIdentifier=identifier,
        DBName="prakerja",
        Engine="postgres",
        EngineVersion="18.1",
        DBInstanceClass="db.m7g.large",
        AllocatedStorage=100,
        MasterUsername="owner",
        ManageMasterUserPassword=True,
        EnableIAMDatabaseAuthentication=True,
        DBSubnetGroupName=subnet_group,
        **settings,
    )["DBInstance"]
    return database


@pytest.fixture
def database(cloud: Any, subnet_group: str) -> Iterator[dict[str, Any]]:
    yield create(cloud, subnet_group)
    cloud.client("rds").delete_db_instance(DBInstanceIdentifier="main", SkipFinalSnapshot=True)


def in_snapshot(cloud: Any) -> Any:
    [database] = cloud.ask("snapshot")["databases"]
    return database


def test_it_is_creating_until_the_data_plane_serves_it(cloud: Any, database: dict[str, Any]) -> None:
    assert database["DBInstanceStatus"] == "creating"
    cloud.tell("databases/main", {"status": "available"})
    described = cloud.client("rds").describe_db_instances(DBInstanceIdentifier="main")["DBInstances"][0]
    assert described["DBInstanceStatus"] == "available"


def test_its_address_is_the_loopback_twin_of_one_in_its_subnet(database: dict[str, Any]) -> None:
    assert database["Endpoint"]["Address"].startswith("127.20.96.")
    assert database["Endpoint"]["Port"] == 5432


def test_its_master_secret_holds_its_own_user_and_a_random_password(cloud: Any, database: dict[str, Any]) -> None:
    secrets = cloud.client("secretsmanager")
    secret = json.loads(secrets.get_secret_value(SecretId=database["MasterUserSecret"]["SecretArn"])["SecretString"])
    assert secret["username"] == "owner"
    assert len(secret["password"]) >= 20


def test_two_instances_share_nothing(cloud: Any, subnet_group: str, database: dict[str, Any]) -> None:
    other = create(cloud, subnet_group, identifier="other")
    for name in ("DbiResourceId", "Endpoint", "MasterUserSecret"):
        assert database[name] != other[name]
    cloud.client("rds").delete_db_instance(DBInstanceIdentifier="other", SkipFinalSnapshot=True)


def test_the_snapshot_shows_what_the_parameter_group_sets(cloud: Any, subnet_group: str) -> None:
    rds = cloud.client("rds")
    rds.create_db_parameter_group(DBParameterGroupName="tls", DBParameterGroupFamily="postgres18", Description="tls")
    rds.modify_db_parameter_group(
        DBParameterGroupName="tls",
        Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}],
    )
    create(cloud, subnet_group, DBParameterGroupName="tls")
    assert in_snapshot(cloud)["parameters"] == {"rds.force_ssl": "1"}
    assert in_snapshot(cloud)["iam_authentication"] is True
    rds.delete_db_instance(DBInstanceIdentifier="main", SkipFinalSnapshot=True)


def test_a_deleted_one_can_be_made_again(cloud: Any, subnet_group: str, database: dict[str, Any]) -> None:
    cloud.client("rds").delete_db_instance(DBInstanceIdentifier="main", FinalDBSnapshotIdentifier="last")
    again = create(cloud, subnet_group)
    assert again["DbiResourceId"] != database["DbiResourceId"]
    assert again["Endpoint"]["Address"].startswith("127.20.96.")


def test_a_subnet_group_can_be_changed(cloud: Any, subnet_group: str) -> None:
    rds = cloud.client("rds")
    path = {"DBSubnetGroupName": subnet_group}
    subnets = [
        found["SubnetIdentifier"] for found in rds.describe_db_subnet_groups(**path)["DBSubnetGroups"][0]["Subnets"]
    ]
    rds.modify_db_subnet_group(**path, SubnetIds=subnets[:2])
    assert len(rds.describe_db_subnet_groups(**path)["DBSubnetGroups"][0]["Subnets"]) == 2
    rds.modify_db_subnet_group(**path, SubnetIds=subnets)
