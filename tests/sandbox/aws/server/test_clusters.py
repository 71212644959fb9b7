"""EKS: clusters, and what belongs to one."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox

AUTO_MODE = {
    "computeConfig": {"enabled": True},
    "storageConfig": {"blockStorage": {"enabled": True}},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16", "elasticLoadBalancing": {"enabled": True}},
}
ACTIVE = {"status": "ACTIVE", "endpoint": "https://127.0.0.1:6443", "certificate_authority": "Y2E="}


def trust(service: str, *actions: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": [f"sts:{action}" for action in actions],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(cloud: Any, name: str, service: str, *actions: str) -> str:
    role: str = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(service, *actions))[
        "Role"
    ]["Arn"]
    return role


@pytest.fixture(scope="module")
def subnets(cloud: Any) -> list[str]:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{index}.0/24", AvailabilityZone=f"ap-southeast-3{zone}")[
            "Subnet"
        ]["SubnetId"]
        for index, zone in enumerate("abc")
    ]


@pytest.fixture(scope="module")
def cluster_role(cloud: Any) -> str:
    return make_role(cloud, "cluster", "eks.amazonaws.com", "AssumeRole", "TagSession")


@pytest.fixture(scope="module")
def pod_role(cloud: Any) -> str:
    return make_role(cloud, "portal-pod", "pods.eks.amazonaws.com", "AssumeRole", "TagSession")


@pytest.fixture
def cluster(cloud: Any, subnets: list[str], cluster_role: str) -> Iterator[dict[str, Any]]:
    yield create(cloud, subnets, cluster_role)
    cloud.client("eks").delete_cluster(name="main")


def create(cloud: Any, subnets: list[str], role: str, **settings: Any) -> dict[str, Any]:
    wanted = {
        "name": "main",
        "version": "1.36",
        "roleArn": role,
        "resourcesVpcConfig": {"subnetIds": subnets, "endpointPrivateAccess": True},
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "upgradePolicy": {"supportType": "STANDARD"},
        "zonalShiftConfig": {"enabled": True},
        "logging": {"clusterLogging": [{"types": ["audit", "api"], "enabled": True}]},
        "tags": {"owner": "platform"},
        **AUTO_MODE,
        **settings,
    }
    made: dict[str, Any] = cloud.client("eks").create_cluster(**wanted)["cluster"]
    return made


def described(cloud: Any) -> Any:
    return cloud.client("eks").describe_cluster(name="main")["cluster"]


def refused(cloud: Any, subnets: list[str], role: str, **settings: Any) -> str:
    with pytest.raises(ClientError) as error:
        create(cloud, subnets, role, **settings)
    return str(error.value)


@pytest.mark.usefixtures("cluster")
def test_a_cluster_is_creating_until_its_control_plane_answers(cloud: Any) -> None:
    assert described(cloud)["status"] == "CREATING"
    assert "endpoint" not in described(cloud)
    cloud.tell("clusters/main", ACTIVE)
    assert described(cloud)["status"] == "ACTIVE"
    assert described(cloud)["endpoint"] == "https://127.0.0.1:6443"
    assert described(cloud)["certificateAuthority"] == {"data": "Y2E="}


@pytest.mark.usefixtures("cluster")
def test_all_that_was_asked_of_a_cluster_is_read_back(cloud: Any) -> None:
    found = described(cloud)
    assert found["accessConfig"] == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    assert found["computeConfig"]["enabled"] is True
    assert found["storageConfig"]["blockStorage"]["enabled"] is True
    assert found["kubernetesNetworkConfig"]["elasticLoadBalancing"]["enabled"] is True
    assert found["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.100.0.0/16"
    assert found["upgradePolicy"] == {"supportType": "STANDARD"}
    assert found["zonalShiftConfig"] == {"enabled": True}
    assert found["logging"]["clusterLogging"][0] == {"types": ["api", "audit"], "enabled": True}
    assert found["platformVersion"]
    assert found["identity"]["oidc"]["issuer"].startswith("https://oidc.eks.ap-southeast-3.amazonaws.com/id/")


def test_a_cluster_has_a_security_group_that_goes_with_it(cloud: Any, subnets: list[str], cluster_role: str) -> None:
    group = create(cloud, subnets, cluster_role)["resourcesVpcConfig"]["clusterSecurityGroupId"]
    ec2 = cloud.client("ec2")
    [found] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert found["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group
    assert {"Key": "aws:eks:cluster-name", "Value": "main"} in found["Tags"]
    cloud.client("eks").delete_cluster(name="main")
    with pytest.raises(ClientError, match="NotFound"):
        ec2.describe_security_groups(GroupIds=[group])


def test_what_eks_would_refuse_is_refused(cloud: Any, subnets: list[str], cluster_role: str, pod_role: str) -> None:
    node = {"enabled": True, "nodeRoleArn": cluster_role}
    assert "fully enabled or fully disabled" in refused(cloud, subnets, cluster_role, storageConfig={})
    assert "nodePool value(s) must be provided" in refused(cloud, subnets, cluster_role, computeConfig=node)
    assert "two different AZs" in refused(cloud, subnets[:1], cluster_role)
    assert "does not exist" in refused(cloud, ["subnet-1"], cluster_role)
    assert "could not be assumed" in refused(cloud, subnets, pod_role)
    assert "could not be assumed" in refused(cloud, subnets, f"{cluster_role}-other")
    assert cloud.client("eks").list_clusters()["clusters"] == []


@pytest.mark.usefixtures("cluster")
def test_each_kind_of_update_is_finished_and_read_back(cloud: Any) -> None:
    eks = cloud.client("eks")
    cloud.tell("clusters/main", ACTIVE)
    update = eks.update_cluster_config(name="main", upgradePolicy={"supportType": "EXTENDED"})["update"]
    assert eks.describe_update(name="main", updateId=update["id"])["update"]["status"] == "Successful"
    eks.update_cluster_config(name="main", logging={"clusterLogging": [{"types": ["api"], "enabled": False}]})
    eks.update_cluster_config(name="main", resourcesVpcConfig={"publicAccessCidrs": ["10.0.0.0/8"]})
    eks.update_cluster_version(name="main", version="1.37")
    found = described(cloud)
    assert found["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert found["logging"]["clusterLogging"][0] == {"types": ["audit"], "enabled": True}
    assert found["resourcesVpcConfig"]["publicAccessCidrs"] == ["10.0.0.0/8"]
    assert found["resourcesVpcConfig"]["endpointPrivateAccess"] is True
    assert found["version"] == "1.37"
    with pytest.raises(ClientError, match="Unsupported Kubernetes minor version update"):
        eks.update_cluster_version(name="main", version="1.39")
    with pytest.raises(ClientError, match="one kind of change"):
        eks.update_cluster_config(name="main", upgradePolicy={"supportType": "EXTENDED"}, deletionProtection=True)


@pytest.mark.usefixtures("cluster")
def test_a_protected_cluster_is_not_deleted(cloud: Any) -> None:
    eks = cloud.client("eks")
    cloud.tell("clusters/main", ACTIVE)
    eks.update_cluster_config(name="main", deletionProtection=True)
    with pytest.raises(ClientError, match="deletion protection"):
        eks.delete_cluster(name="main")
    eks.update_cluster_config(name="main", deletionProtection=False)


@pytest.mark.usefixtures("cluster")
def test_an_add_on_waits_for_the_cluster_and_then_lives(cloud: Any) -> None:
    eks = cloud.client("eks")
    of = {"clusterName": "main", "addonName": "metrics-server"}
    with pytest.raises(ClientError, match="not in ACTIVE status"):
        eks.create_addon(**of)
    cloud.tell("clusters/main", ACTIVE)
    made = eks.create_addon(**of, addonVersion="v0.8.0-eksbuild.1", tags={"owner": "platform"})["addon"]
    assert made["status"] == "ACTIVE"
    eks.update_addon(**of, configurationValues="{}")
    eks.tag_resource(resourceArn=made["addonArn"], tags={"by": "hand"})
    found = eks.describe_addon(**of)["addon"]
    assert (found["addonVersion"], found["configurationValues"]) == ("v0.8.0-eksbuild.1", "{}")
    assert found["tags"] == {"owner": "platform", "by": "hand"}
    assert eks.list_addons(clusterName="main")["addons"] == ["metrics-server"]
    eks.delete_addon(**of)
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_addon(**of)


@pytest.mark.usefixtures("cluster")
def test_an_access_entry_has_policies(cloud: Any, cluster_role: str) -> None:
    eks = cloud.client("eks")
    of = {"clusterName": "main", "principalArn": cluster_role}
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    assert eks.create_access_entry(**of, kubernetesGroups=["a"])["accessEntry"]["username"] == cluster_role
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.create_access_entry(**of)
    eks.associate_access_policy(**of, policyArn=policy, accessScope={"type": "cluster"})
    [associated] = eks.list_associated_access_policies(**of)["associatedAccessPolicies"]
    assert (associated["policyArn"], associated["accessScope"]) == (policy, {"type": "cluster"})
    eks.disassociate_access_policy(**of, policyArn=policy)
    assert eks.list_associated_access_policies(**of)["associatedAccessPolicies"] == []
    eks.update_access_entry(**of, kubernetesGroups=["b"])
    assert eks.describe_access_entry(**of)["accessEntry"]["kubernetesGroups"] == ["b"]
    eks.delete_access_entry(**of)
    assert eks.list_access_entries(clusterName="main")["accessEntries"] == []


@pytest.mark.usefixtures("cluster")
def test_a_pod_identity_is_in_the_snapshot_with_its_role_s_policies(cloud: Any, pod_role: str) -> None:
    eks, iam = cloud.client("eks"), cloud.client("iam")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    iam.put_role_policy(RoleName="portal-pod", PolicyName="inline", PolicyDocument=json.dumps(document))
    account = {"clusterName": "main", "namespace": "portal", "serviceAccount": "portal"}
    made = eks.create_pod_identity_association(**account, roleArn=pod_role)["association"]
    snapshot = cloud.ask("snapshot")
    assert snapshot["pod_identities"] == [
        {
            "id": made["associationId"],
            "cluster": "main",
            "namespace": "portal",
            "service_account": "portal",
            "role_arn": pod_role,
        }
    ]
    assert snapshot["roles"][pod_role] == [document]
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.create_pod_identity_association(**account, roleArn=pod_role)
    assert eks.list_pod_identity_associations(clusterName="main", namespace="other")["associations"] == []
    eks.delete_pod_identity_association(clusterName="main", associationId=made["associationId"])
    assert cloud.ask("snapshot")["pod_identities"] == []


@pytest.mark.usefixtures("cluster")
def test_a_pod_identity_wants_a_role_that_trusts_pods(cloud: Any, cluster_role: str) -> None:
    eks = cloud.client("eks")
    account = {"clusterName": "main", "namespace": "portal", "serviceAccount": "portal"}
    for role in (cluster_role, "arn:aws:iam::123456789012:role/nobody"):
        with pytest.raises(ClientError, match="could not be assumed"):
            eks.create_pod_identity_association(**account, roleArn=role)


def test_the_snapshot_shows_the_cluster_and_its_subnets(
    cloud: Any, cluster: dict[str, Any], subnets: list[str]
) -> None:
    snapshot = cloud.ask("snapshot")
    [shown] = snapshot["clusters"]
    assert (shown["name"], shown["arn"], shown["status"]) == ("main", cluster["arn"], "CREATING")
    assert shown["subnet_ids"] == subnets
    assert shown["service_cidr"] == "10.100.0.0/16"
    of_subnet = {subnet["id"]: subnet for subnet in snapshot["subnets"]}
    assert of_subnet[subnets[1]] == {"id": subnets[1], "zone": "ap-southeast-3b", "cidr": "10.20.1.0/24"}


def test_a_cluster_and_what_belongs_to_it_outlive_a_restart(tmp_path: Any, server_of: Any, pod_role: str) -> None:
    own = server_of(tmp_path / "own")
    own.start()
    ec2 = own.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{i}.0/24", AvailabilityZone=f"ap-southeast-3{zone}")["Subnet"][
            "SubnetId"
        ]
        for i, zone in enumerate("ab")
    ]
    create(own, subnets, make_role(own, "cluster", "eks.amazonaws.com", "AssumeRole", "TagSession"))
    own.tell("clusters/main", ACTIVE)
    role = make_role(own, "portal-pod", "pods.eks.amazonaws.com", "AssumeRole", "TagSession")
    of = {"clusterName": "main", "namespace": "portal", "serviceAccount": "portal"}
    own.client("eks").create_pod_identity_association(**of, roleArn=role)
    assert own.end(signal.SIGTERM) == 0
    own.start()
    assert described(own)["status"] == "ACTIVE"
    assert [one["role_arn"] for one in own.ask("snapshot")["pod_identities"]] == [role]
    own.end(signal.SIGTERM)
