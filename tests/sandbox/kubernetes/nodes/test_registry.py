"""Nodes are the zones of the cluster's subnets, labelled as their NodePool says."""

from __future__ import annotations

import msgspec
import pytest

from sandbox.dataplane.snapshot import Cluster, Snapshot, Subnet
from sandbox.kubernetes.nodes.registry import labels_of, node_status, nodes_of
from tests.sandbox.kubernetes.nodes.manifests import NODE_POOL

pytestmark = pytest.mark.unit

SUBNETS = [
    Subnet("subnet-b", "ap-southeast-3b", "10.20.16.0/20"),
    Subnet("subnet-a", "ap-southeast-3a", "10.20.0.0/20"),
    Subnet("subnet-other", "ap-southeast-3c", "10.20.96.0/24"),
]
CLUSTER = Cluster("main", "arn", "1.37", "ACTIVE", "now", ["subnet-a", "subnet-b"])
SNAPSHOT = msgspec.structs.replace(Snapshot.empty(), subnets=SUBNETS, clusters=[CLUSTER])


def test_there_is_a_node_for_each_zone_of_the_clusters_subnets() -> None:
    nodes = nodes_of(SNAPSHOT)
    assert {name: (node.address, node.subnet) for name, node in nodes.items()} == {
        "prakerja-ap-southeast-3a": ("127.0.1.1", "10.20.0.0/20"),
        "prakerja-ap-southeast-3b": ("127.0.1.2", "10.20.16.0/20"),
    }


def test_without_a_cluster_there_are_no_nodes() -> None:
    assert not nodes_of(Snapshot.empty())


def test_a_node_has_the_labels_of_its_pool_and_of_its_place() -> None:
    labels = labels_of(nodes_of(SNAPSHOT)["prakerja-ap-southeast-3a"], NODE_POOL)
    assert labels["purpose"] == "services"
    assert labels["karpenter.sh/nodepool"] == "services"
    assert labels["kubernetes.io/arch"] == "amd64"
    assert labels["topology.kubernetes.io/zone"] == "ap-southeast-3a"
    assert labels["topology.kubernetes.io/region"] == "ap-southeast-3"
    assert labels["eks.amazonaws.com/compute-type"] == "auto"


def test_a_node_that_stays_ready_keeps_the_time_since_when() -> None:
    node = nodes_of(SNAPSHOT)["prakerja-ap-southeast-3a"]
    first = node_status(node, 10250, "v1", "before", {})
    before = {found["type"]: found for found in first["conditions"]}
    ready = node_status(node, 10250, "v1", "now", before)["conditions"][0]
    assert (ready["lastTransitionTime"], ready["lastHeartbeatTime"]) == ("before", "now")
