"""The cluster is what AWS's guides ask of Auto Mode, and leaves containers where they are by day."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from components.kubernetes_cluster import kubeconfig
from tests.components.recorder import RecordedResource, Recording
from tests.stacks.environments import run_program, stack_file

pytestmark = pytest.mark.unit

CLUSTER = "aws:eks/cluster:Cluster"
ACCESS = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
MANAGED = "arn:aws:iam::aws:policy/"


@pytest.fixture
def cluster(prod: Recording) -> dict[str, Any]:
    return prod.one(CLUSTER).inputs


def managed_policies(recording: Recording, role: str) -> set[str]:
    attached = recording.of_type(ATTACHMENT)
    return {one.inputs["policyArn"].removeprefix(MANAGED) for one in attached if one.inputs["role"] == role}


def test_all_switches_of_auto_mode_are_on_and_nothing_of_the_old_way_is_left(cluster: dict[str, Any]) -> None:
    # Without pools of EKS's own it takes no role for nodes either.
    assert cluster["computeConfig"] == {"enabled": True}
    assert cluster["storageConfig"] == {"blockStorage": {"enabled": True}}
    assert cluster["kubernetesNetworkConfig"]["elasticLoadBalancing"] == {"enabled": True}
    assert cluster["bootstrapSelfManagedAddons"] is False
    assert cluster["accessConfig"]["authenticationMode"] == "API"


def test_the_clusters_permissions_are_there_before_it_and_go_after_it(prod: Recording) -> None:
    cluster = prod.one(CLUSTER)
    assert managed_policies(prod, "prod-cluster") == {
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
    }
    (trust,) = json.loads(prod.one("aws:iam/role:Role", "prod-cluster").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "eks.amazonaws.com"}
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    permissions = [
        *(one for one in prod.of_type(ATTACHMENT) if one.inputs["role"] == "prod-cluster"),
        prod.one("aws:iam/rolePolicy:RolePolicy", "prod-cluster-secrets"),
    ]
    assert {one.urn for one in permissions} <= cluster.dependencies


def test_only_one_role_administers_the_cluster_whoever_made_it(prod: Recording) -> None:
    assert prod.one(CLUSTER).inputs["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] is False
    granted = {one.inputs["principalArn"]: one.inputs["policyArn"].rpartition("/")[2] for one in prod.of_type(ACCESS)}
    assert granted == {
        "arn:aws:iam::123456789012:role/prakerja-deployment": "AmazonEKSClusterAdminPolicy",
        "arn:aws:iam:ap-southeast-3:123456789012:prod-cluster-node": "AmazonEKSAutoNodePolicy",
    }
    kinds = {one.name: one.inputs["type"] for one in prod.of_type("aws:eks/accessEntry:AccessEntry")}
    assert kinds == {"prod-cluster-administrator": "STANDARD", "prod-cluster-node": "EC2"}


def test_who_may_reach_the_api_from_outside_is_a_setting() -> None:
    config = copy.deepcopy(stack_file("dev")["config"])
    config["prakerja:kubernetes"]["api_sources"] = ["203.0.113.0/24"]
    network = run_program("dev", config).one(CLUSTER).inputs["vpcConfig"]
    assert network["endpointPrivateAccess"] is network["endpointPublicAccess"] is True
    assert network["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_the_control_plane_writes_all_down_in_a_group_that_is_there_first(prod: Recording) -> None:
    cluster = prod.one(CLUSTER)
    log_group = prod.one("aws:cloudwatch/logGroup:LogGroup", "prod-cluster-log")
    assert log_group.inputs["name"] == f"/aws/eks/{cluster.inputs['name']}/cluster"
    assert log_group.inputs["retentionInDays"] == 180
    assert log_group.urn in cluster.dependencies
    assert set(cluster.inputs["enabledClusterLogTypes"]) == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }


def test_nodes_may_pull_images_and_join_and_nothing_else(prod: Recording) -> None:
    assert managed_policies(prod, "prod-cluster-node") == {
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }
    node_class = prod.one(NODE_CLASS)
    assert node_class.inputs["spec"]["role"] == "prod-cluster-node"
    assert {one["id"] for one in node_class.inputs["spec"]["subnetSelectorTerms"]} == {
        f"prod-private-ap-southeast-3{zone}-id" for zone in "abc"
    }
    joining = prod.one(ACCESS, "prod-cluster-node")
    assert joining.urn in prod.one("prakerja:paas:NodePool").dependencies | node_class.dependencies


def test_no_node_is_emptied_to_save_money_between_5_in_the_morning_and_midnight(prod: Recording) -> None:
    budgets = prod.one(NODE_POOL).inputs["spec"]["disruption"]["budgets"]
    # 22:00 in UTC is 5 in the morning in Jakarta.
    assert {"nodes": "0", "reasons": ["Underutilized"], "schedule": "0 22 * * *", "duration": "19h"} in budgets
    assert {"nodes": "1"} in budgets


def test_what_nodes_may_cost_has_a_ceiling_and_what_they_run_its_architecture(prod: Recording) -> None:
    pool = prod.one(NODE_POOL).inputs["spec"]
    assert pool["limits"] == {"cpu": "96"}
    requirements = {one["key"]: one["values"] for one in pool["template"]["spec"]["requirements"]}
    assert requirements["kubernetes.io/arch"] == ["amd64"]
    assert requirements["karpenter.sh/capacity-type"] == ["on-demand"]


def test_network_policies_are_obeyed_and_metrics_are_there_to_scale_by(prod: Recording) -> None:
    switch = prod.one("kubernetes:core/v1:ConfigMap").inputs
    assert switch["metadata"] == {"name": "amazon-vpc-cni", "namespace": "kube-system"}
    assert switch["data"] == {"enable-network-policy-controller": "true"}
    assert prod.one(NODE_CLASS).inputs["spec"]["networkPolicy"] == "DefaultAllow"
    metrics = prod.one("aws:eks/addon:Addon", "prod-cluster-metrics")
    assert metrics.inputs["addonName"] == "metrics-server"
    assert prod.one(NODE_POOL).urn in metrics.dependencies


def test_the_kubeconfig_holds_no_secret_and_names_the_cluster_for_good(prod: Recording) -> None:
    provider = prod.one("pulumi:providers:kubernetes").inputs
    assert provider["clusterIdentifier"] == "arn:aws:eks:ap-southeast-3:123456789012:prod-cluster"
    text = kubeconfig(name="c", endpoint="https://c.test", authority="Q0E=", region="ap-southeast-3")
    document = json.loads(text)
    (user,) = document["users"]
    assert user["user"].keys() == {"exec"}
    assert user["user"]["exec"]["args"][:4] == ["eks", "get-token", "--cluster-name", "c"]


def test_everything_in_the_cluster_goes_through_its_provider(prod: Recording) -> None:
    provider = prod.one("pulumi:providers:kubernetes")
    within: list[RecordedResource] = [one for one in prod.custom() if one.type.startswith("kubernetes:")]
    assert len(within) > 20
    assert {one.provider.rpartition("::")[0] for one in within} == {provider.urn}


def test_an_environment_without_containers_has_no_cluster_and_no_registry() -> None:
    config = copy.deepcopy(stack_file("dev")["config"])
    del config["prakerja:kubernetes"]
    for placement in config["prakerja:services"].values():
        placement.pop("containers")
        placement["vms"] = placement["vms"] or 1
    recording = run_program("dev", config)
    types = {one.type for one in recording.resources}
    assert not {one for one in types if one.startswith(("kubernetes:", "aws:eks/", "aws:ecr/", "docker-build:"))}
    assert recording.exports["cluster"] is recording.exports["registry"] is None
    assert recording.exports["services"]["portal"]["containers"] is None
