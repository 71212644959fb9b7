"""ElastiCache: replication groups, and what they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox

ARN = "arn:aws:elasticache:ap-southeast-3:123456789012"


@pytest.fixture(scope="module")
def subnets(cloud: Any) -> list[str]:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{96 + index}.0/24", AvailabilityZone=f"ap-southeast-3{zone}")[
            "Subnet"
        ]["SubnetId"]
        for index, zone in enumerate("abc")
    ]


@pytest.fixture
def surroundings(cloud: Any, subnets: list[str]) -> Iterator[None]:
    cache = cloud.client("elasticache")
    cache.create_cache_subnet_group(CacheSubnetGroupName="data", CacheSubnetGroupDescription="data", SubnetIds=subnets)
    cache.create_cache_parameter_group(
        CacheParameterGroupName="own", CacheParameterGroupFamily="valkey8", Description="own"
    )
    cache.modify_cache_parameter_group(
        CacheParameterGroupName="own",
        ParameterNameValues=[{"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lru"}],
    )
    cache.create_user(
        UserId="portal",
        UserName="portal",
        Engine="valkey",
        AccessString="on ~* +@all",
        AuthenticationMode={"Type": "iam"},
    )
    cache.create_user_group(UserGroupId="services", Engine="valkey", UserIds=["portal"])
    yield
    cache.delete_user_group(UserGroupId="services")
    cache.delete_user(UserId="portal")
    cache.delete_cache_parameter_group(CacheParameterGroupName="own")
    cache.delete_cache_subnet_group(CacheSubnetGroupName="data")


def create(cloud: Any, **settings: Any) -> dict[str, Any]:
    wanted = {
        "ReplicationGroupId": "main",
        "ReplicationGroupDescription": "of a test",
        "Engine": "valkey",
        "EngineVersion": "8.1",
        "CacheNodeType": "cache.t4g.small",
        "NumCacheClusters": 2,
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "CacheSubnetGroupName": "data",
        "CacheParameterGroupName": "own",
        "SecurityGroupIds": ["sg-1"],
        "TransitEncryptionEnabled": True,
        "AtRestEncryptionEnabled": True,
        "UserGroupIds": ["services"],
        "SnapshotRetentionLimit": 7,
        "PreferredMaintenanceWindow": "sun:18:00-sun:19:00",
        **settings,
    }
    made: dict[str, Any] = cloud.client("elasticache").create_replication_group(**wanted)["ReplicationGroup"]
    return made


@pytest.fixture
def group(cloud: Any, surroundings: None) -> Iterator[dict[str, Any]]:
    yield create(cloud)
    cloud.client("elasticache").delete_replication_group(ReplicationGroupId="main")


def described(cloud: Any) -> Any:
    cache = cloud.client("elasticache")
    return cache.describe_replication_groups(ReplicationGroupId="main")["ReplicationGroups"][0]


@pytest.mark.usefixtures("group")
def test_it_is_creating_until_the_data_plane_serves_it(cloud: Any) -> None:
    assert described(cloud)["Status"] == "creating"
    cloud.tell("caches/main", {"status": "available"})
    assert described(cloud)["Status"] == "available"


def test_its_endpoint_is_the_loopback_twin_of_an_address_in_its_subnet(group: dict[str, Any]) -> None:
    [node_group] = group["NodeGroups"]
    assert node_group["PrimaryEndpoint"]["Address"].startswith("127.20.96.")
    assert node_group["PrimaryEndpoint"]["Port"] == 6379
    assert node_group["ReaderEndpoint"] == node_group["PrimaryEndpoint"]


@pytest.mark.usefixtures("group")
def test_it_has_the_members_that_were_asked_for_each_in_a_zone_of_its_own(cloud: Any) -> None:
    assert described(cloud)["MemberClusters"] == ["main-001", "main-002"]
    members = described(cloud)["NodeGroups"][0]["NodeGroupMembers"]
    assert [member["PreferredAvailabilityZone"] for member in members] == ["ap-southeast-3a", "ap-southeast-3b"]
    cache = cloud.client("elasticache")
    [member] = cache.describe_cache_clusters(CacheClusterId="main-001")["CacheClusters"]
    assert (member["EngineVersion"], member["CacheSubnetGroupName"]) == ("8.1", "data")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "own"
    assert member["SecurityGroups"] == [{"SecurityGroupId": "sg-1", "Status": "active"}]
    assert member["PreferredMaintenanceWindow"] == "sun:18:00-sun:19:00"
    cache.increase_replica_count(ReplicationGroupId="main", NewReplicaCount=2, ApplyImmediately=True)
    assert described(cloud)["MemberClusters"] == ["main-001", "main-002", "main-003"]


def test_the_snapshot_shows_what_it_is_served_with(cloud: Any, group: dict[str, Any]) -> None:
    assert cloud.ask("snapshot")["caches"] == [
        {
            "id": "main",
            "arn": group["ARN"],
            "address": group["NodeGroups"][0]["PrimaryEndpoint"]["Address"],
            "port": 6379,
            "status": "creating",
            "engine_version": "8.1",
            "parameters": {"maxmemory-policy": "allkeys-lru"},
            "users": [
                {
                    "id": "portal",
                    "name": "portal",
                    "arn": f"{ARN}:user:portal",
                    "access_string": "on ~* +@all",
                    "iam": True,
                    "no_password": False,
                }
            ],
        }
    ]


@pytest.mark.usefixtures("group")
def test_each_change_is_read_back(cloud: Any) -> None:
    cache = cloud.client("elasticache")
    logs = {
        "LogType": "slow-log",
        "DestinationType": "cloudwatch-logs",
        "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "cache"}},
        "LogFormat": "json",
    }
    cache.modify_replication_group(
        ReplicationGroupId="main",
        ReplicationGroupDescription="changed",
        CacheNodeType="cache.t4g.medium",
        SnapshotWindow="20:00-21:00",
        MultiAZEnabled=False,
        LogDeliveryConfigurations=[logs],
        UserGroupIdsToRemove=["services"],
        ApplyImmediately=True,
    )
    found = described(cloud)
    assert (found["Description"], found["CacheNodeType"]) == ("changed", "cache.t4g.medium")
    assert (found["SnapshotWindow"], found["MultiAZ"]) == ("20:00-21:00", "disabled")
    assert found["LogDeliveryConfigurations"][0]["DestinationDetails"] == logs["DestinationDetails"]
    assert found["UserGroupIds"] == []
    cache.modify_replication_group(
        ReplicationGroupId="main",
        UserGroupIdsToAdd=["services"],
        LogDeliveryConfigurations=[{"LogType": "slow-log", "Enabled": False}],
    )
    assert described(cloud)["UserGroupIds"] == ["services"]
    assert described(cloud)["LogDeliveryConfigurations"] == []


@pytest.mark.usefixtures("group")
def test_what_it_uses_cannot_be_deleted_from_under_it(cloud: Any) -> None:
    cache = cloud.client("elasticache")
    with pytest.raises(ClientError, match="in use"):
        cache.delete_cache_subnet_group(CacheSubnetGroupName="data")
    with pytest.raises(ClientError, match="in use"):
        cache.delete_cache_parameter_group(CacheParameterGroupName="own")
    with pytest.raises(ClientError, match="in use"):
        cache.delete_user_group(UserGroupId="services")


@pytest.mark.usefixtures("surroundings")
def test_a_deleted_one_leaves_its_final_snapshot_and_frees_its_address(cloud: Any) -> None:
    cache = cloud.client("elasticache")
    address = create(cloud)["NodeGroups"][0]["PrimaryEndpoint"]["Address"]
    cache.delete_replication_group(ReplicationGroupId="main", FinalSnapshotIdentifier="last")
    with pytest.raises(cache.exceptions.ReplicationGroupNotFoundFault):
        described(cloud)
    assert cache.describe_snapshots(SnapshotName="last")["Snapshots"][0]["ReplicationGroupId"] == "main"
    again = create(cloud)
    assert again["NodeGroups"][0]["PrimaryEndpoint"]["Address"] <= address
    cache.delete_replication_group(ReplicationGroupId="main")


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"NumCacheClusters": 1}, "at least two nodes"),
        ({"AutomaticFailoverEnabled": False}, "requires automatic failover"),
        ({"TransitEncryptionEnabled": False}, "require encryption in transit"),
        ({"UserGroupIds": ["nobody"]}, "not found"),
        ({"CacheParameterGroupName": "none"}, "not found"),
        ({"CacheSubnetGroupName": "none"}, "not found"),
        ({"NumNodeGroups": 2}, "does not have"),
    ],
)
def test_what_elasticache_would_refuse_is_refused(cloud: Any, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ClientError, match=why):
        create(cloud, **settings)
    assert cloud.client("elasticache").describe_replication_groups()["ReplicationGroups"] == []


@pytest.mark.usefixtures("surroundings")
def test_a_subnet_group_and_a_parameter_group_change(cloud: Any, subnets: list[str]) -> None:
    cache = cloud.client("elasticache")
    cache.modify_cache_subnet_group(CacheSubnetGroupName="data", SubnetIds=subnets[:2])
    [found] = cache.describe_cache_subnet_groups(CacheSubnetGroupName="data")["CacheSubnetGroups"]
    assert [subnet["SubnetIdentifier"] for subnet in found["Subnets"]] == subnets[:2]
    assert found["Subnets"][0]["SubnetAvailabilityZone"]["Name"] == "ap-southeast-3a"
    cache.reset_cache_parameter_group(
        CacheParameterGroupName="own",
        ParameterNameValues=[{"ParameterName": "maxmemory-policy", "ParameterValue": ""}],
    )
    assert cache.describe_cache_parameters(CacheParameterGroupName="own", Source="user")["Parameters"] == []


@pytest.mark.usefixtures("surroundings")
def test_users_change_and_leave_their_groups_when_they_go(cloud: Any) -> None:
    cache = cloud.client("elasticache")
    cache.create_user(UserId="other", UserName="other", Engine="valkey", AccessString="off", NoPasswordRequired=True)
    cache.modify_user_group(UserGroupId="services", UserIdsToAdd=["other"])
    cache.modify_user(UserId="other", AccessString="on ~a* +get", AuthenticationMode={"Type": "iam"})
    [user] = cache.describe_users(UserId="other")["Users"]
    assert (user["AccessString"], user["Authentication"]["Type"]) == ("on ~a* +get", "iam")
    assert user["UserGroupIds"] == ["services"]
    cache.add_tags_to_resource(ResourceName=f"{ARN}:usergroup:services", Tags=[{"Key": "by", "Value": "hand"}])
    assert cache.list_tags_for_resource(ResourceName=f"{ARN}:usergroup:services")["TagList"]
    cache.delete_user(UserId="other")
    with pytest.raises(cache.exceptions.UserNotFoundFault):
        cache.describe_users(UserId="other")
    assert cache.describe_user_groups(UserGroupId="services")["UserGroups"][0]["UserIds"] == ["portal"]


def test_a_user_with_iam_login_is_called_by_its_id(cloud: Any) -> None:
    with pytest.raises(ClientError, match="must be the same"):
        cloud.client("elasticache").create_user(
            UserId="one", UserName="other", Engine="valkey", AccessString="on", AuthenticationMode={"Type": "iam"}
        )
