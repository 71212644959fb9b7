"""Managed Kubernetes: EKS in Auto Mode, which looks after nodes, addresses, disks and target groups by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Literal

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components import iam_policy
from components.component import Classification, Component
from components.naming import IAM_ROLE, auto_named, logical
from components.node_pool import NodePool, NodePoolArgs

# Amazon EKS User Guide, Auto Mode cluster IAM role and node IAM role. They have to outlive the cluster: with the
# cluster goes what EKS made by their leave.
CLUSTER_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
_ACCESS_POLICY = "arn:aws:eks::aws:cluster-access-policy/"
_MANAGED_POLICY = "arn:aws:iam::aws:policy/"
# All that the control plane can write down.
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# For the cluster's own secrets; asked for by the cluster's role.
_ENCRYPT = ("kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey")


@dataclass(frozen=True, kw_only=True)
class KubernetesClusterArgs:
    """account_id, region: where it runs; its roles may be taken on for that account only.
    version: Kubernetes' minor version, such as 1.35.
    subnet_ids, zones: where nodes stand, and the control plane's own addresses; private subnets of two zones at least.
    service_cidr: the cluster's own network of service addresses.
    api_sources: networks outside the VPC that may reach the API; none: it is reached within the VPC alone.
    administrator_arn: the IAM role that deploys to the cluster and administers it.
    key_arn: KMS key of the cluster's secrets and logs.
    node_key_arn: KMS key of the nodes' disks.
    log_retention_days: how long the control plane's logs are kept; one of CloudWatch Logs' own choices.
    architecture, node_categories, maximum_cpus: what nodes may be, as NodePoolArgs says.
    deletion_protection: keep it.
    """

    account_id: pulumi.Input[str]
    region: str
    version: str
    subnet_ids: Sequence[pulumi.Input[str]]
    zones: Sequence[str]
    service_cidr: IPv4Network
    api_sources: Sequence[IPv4Network]
    administrator_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    node_key_arn: pulumi.Input[str]
    log_retention_days: int
    architecture: Literal["x86_64", "arm64"]
    node_categories: Sequence[str]
    maximum_cpus: int
    deletion_protection: bool


class KubernetesCluster(Component):
    """A cluster with one pool of nodes, obeyed network policies, metrics, and a provider to deploy to it.

    It has a fixed name, because people look it up by that, and its logs' place follows from it. Auto Mode brings the
    agent for pod identities; the metrics that scaling needs are an add-on.
    """

    layer = "paas"

    def __init__(self, name: str, args: KubernetesClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.cluster = self._cluster(name, args)
        self.name = self.cluster.name
        self.security_group_id = self.cluster.vpc_config.cluster_security_group_id
        self.kubeconfig = pulumi.Output.all(
            name=self.cluster.name,
            endpoint=self.cluster.endpoint,
            authority=self.cluster.certificate_authority.data,
        ).apply(lambda known: kubeconfig(**known, region=args.region))
        administrator = self._let_in(
            logical(name, "administrator"),
            args.administrator_arn,
            policy="AmazonEKSClusterAdminPolicy",
            kind="STANDARD",
        )
        self.kubernetes = kubernetes.Provider(
            name,
            kubeconfig=self.kubeconfig,
            cluster_identifier=self.cluster.arn,
            opts=self.child(depends_on=[administrator]),
        )
        self.node_pool = self._node_pool(name, args)
        self._network_policies(name)
        aws.eks.Addon(
            logical(name, "metrics"),
            cluster_name=self.cluster.name,
            addon_name="metrics-server",
            resolve_conflicts_on_update="OVERWRITE",
            # It is ready once its pods run, and they need nodes.
            opts=self.child(depends_on=[self.node_pool]),
        )
        self.register_outputs({"name": self.name})

    def _cluster(self, name: str, args: KubernetesClusterArgs) -> aws.eks.Cluster:
        role, permissions = self._cluster_role(name, args)
        # EKS writes to a group of this name, and makes it, unencrypted and kept for ever, where it is missing.
        log_group_name = logical(name, "log")
        log_group = aws.cloudwatch.LogGroup(
            log_group_name,
            name=f"/aws/eks/{name}/cluster",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=self.stateful_child(log_group_name, protect=args.deletion_protection),
        )
        return aws.eks.Cluster(
            name,
            name=name,
            version=args.version,
            role_arn=role.arn,
            # Never raised by AWS before extended support has ended too.
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="EXTENDED"),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            bootstrap_self_managed_addons=False,
            compute_config=aws.eks.ClusterComputeConfigArgs(enabled=True),
            storage_config=aws.eks.ClusterStorageConfigArgs(
                block_storage=aws.eks.ClusterStorageConfigBlockStorageArgs(enabled=True)
            ),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                ip_family="ipv4",
                service_ipv4_cidr=str(args.service_cidr),
                elastic_load_balancing=aws.eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs(enabled=True),
            ),
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=list(args.subnet_ids),
                endpoint_private_access=True,
                endpoint_public_access=bool(args.api_sources),
                public_access_cidrs=[str(source) for source in args.api_sources] or None,
            ),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=args.key_arn), resources=["secrets"]
            ),
            enabled_cluster_log_types=list(LOGS),
            deletion_protection=args.deletion_protection,
            opts=self.stateful_child(name, protect=args.deletion_protection, depends_on=[log_group, *permissions]),
        )

    def _cluster_role(self, name: str, args: KubernetesClusterArgs) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        role = aws.iam.Role(
            auto_named(IAM_ROLE, name),
            assume_role_policy=pulumi.Output.from_input(args.account_id).apply(
                lambda account: iam_policy.assumed_by("eks.amazonaws.com", account=account, tagged=True)
            ),
            opts=self.child(),
        )
        secrets = aws.iam.RolePolicy(
            logical(name, "secrets"),
            role=role.name,
            policy=pulumi.Output.from_input(args.key_arn).apply(
                lambda key: iam_policy.document(iam_policy.allow(_ENCRYPT, key))
            ),
            opts=self.child(),
        )
        return role, [*self._attach(name, role, CLUSTER_POLICIES), secrets]

    def _node_pool(self, name: str, args: KubernetesClusterArgs) -> NodePool:
        node = logical(name, "node")
        role = aws.iam.Role(
            auto_named(IAM_ROLE, node),
            assume_role_policy=iam_policy.assumed_by("ec2.amazonaws.com"),
            opts=self.child(),
        )
        permissions = self._attach(node, role, NODE_POLICIES)
        joining = self._let_in(node, role.arn, policy="AmazonEKSAutoNodePolicy", kind="EC2")
        return NodePool(
            logical(name, "nodes"),
            NodePoolArgs(
                role_name=role.name,
                subnet_ids=args.subnet_ids,
                zones=args.zones,
                security_group_id=self.security_group_id,
                key_arn=args.node_key_arn,
                data_class="personal",
                architecture=args.architecture,
                categories=args.node_categories,
                maximum_cpus=args.maximum_cpus,
            ),
            pulumi.ResourceOptions(parent=self, providers=[self.kubernetes], depends_on=[joining, *permissions]),
        )

    def _attach(self, name: str, role: aws.iam.Role, policies: Sequence[str]) -> list[pulumi.Resource]:
        return [
            aws.iam.RolePolicyAttachment(
                logical(name, policy), role=role.name, policy_arn=f"{_MANAGED_POLICY}{policy}", opts=self.child()
            )
            for policy in policies
        ]

    def _let_in(
        self, name: str, principal: pulumi.Input[str], *, policy: str, kind: Literal["STANDARD", "EC2"]
    ) -> pulumi.Resource:
        """Let an IAM role into the cluster, with one of EKS's access policies for the whole of it."""
        entry = aws.eks.AccessEntry(
            name, cluster_name=self.cluster.name, principal_arn=principal, type=kind, opts=self.child()
        )
        return aws.eks.AccessPolicyAssociation(
            name,
            cluster_name=self.cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=f"{_ACCESS_POLICY}{policy}",
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=self.child(),
        )

    def _network_policies(self, name: str) -> None:
        """Have network policies obeyed: without this Auto Mode takes them, and lets everything through."""
        kubernetes.core.v1.ConfigMap(
            logical(name, "network-policies"),
            metadata={"name": "amazon-vpc-cni", "namespace": "kube-system"},
            data={"enable-network-policy-controller": "true"},
            opts=pulumi.ResourceOptions(parent=self, provider=self.kubernetes),
        )


def kubeconfig(*, name: str, endpoint: str, authority: str, region: str) -> str:
    """How to reach a cluster: as whoever asks AWS for a token at that moment, so that nothing secret is in it."""
    login = ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"]
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "users": [
            {
                "name": name,
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "command": "aws",
                        "args": login,
                        "interactiveMode": "Never",
                    }
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return json.dumps(document)
