"""The machines that a cluster's containers run on: what EKS may choose, and when it may move what runs there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes

from components.component import Classification, Component, DataClass
from components.naming import logical

# Processor cores of the smallest node that is worth its own overhead, and of the largest whose loss is bearable.
NODE_CPUS: Final = (2, 4, 8, 16)
SMALLEST_NODE_CPUS: Final = NODE_CPUS[0]
# The fourth generation of instances and older ones cost more for less.
OLDEST_GENERATION: Final = 5
# Amazon EKS User Guide, Auto Mode networking: nodes take addresses for containers by prefixes of /28.
ADDRESSES_OF_A_BLOCK: Final = 16
# A node holds images and logs, and no data.
NODE_DISK_GIB: Final = 40
# Two weeks: AWS ends an Auto Mode node at 21 days at the latest, and this lets it go at a time of our choice.
NODE_LIFETIME: Final = "336h"
# What still runs on a node that has to go is given this long; then it is ended.
NODE_DRAIN_TIME: Final = "1h"
# In UTC: from 5 in the morning to midnight in Jakarta nodes are not emptied to save money. It would move containers
# under the day's traffic, and in the middle of a shift.
DAY_BEGINS: Final = "0 22 * * *"
DAY_LASTS: Final = "19h"
# Kubernetes' names of what AWS calls x86_64 and arm64.
ARCHITECTURES: Final = {"x86_64": "amd64", "arm64": "arm64"}
POOL: Final = "prakerja"


@dataclass(frozen=True, kw_only=True)
class NodePoolArgs:
    """role_name: the role that nodes take on; the cluster lets it in already.
    subnet_ids, zones: where nodes stand.
    security_group_id: the nodes'.
    key_arn: KMS key of their disks.
    data_class: the most sensitive data that is handled on them.
    architecture: processor architecture of what runs on them.
    categories: categories of EC2 instances, such as `m`.
    maximum_cpus: processor cores that all nodes may have together.
    """

    role_name: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    zones: Sequence[str]
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    data_class: DataClass
    architecture: Literal["x86_64", "arm64"]
    categories: Sequence[str]
    maximum_cpus: int


class NodePool(Component):
    """A pool of our own: EKS's built-in ones can't be told when to leave containers where they are."""

    layer = "paas"

    def __init__(self, name: str, args: NodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class=args.data_class), opts)
        node_class = kubernetes.apiextensions.CustomResource(
            logical(name, "class"),
            api_version="eks.amazonaws.com/v1",
            kind="NodeClass",
            metadata={"name": POOL},
            spec=_node_class(args),
            opts=self.child(),
        )
        self.pool = kubernetes.apiextensions.CustomResource(
            name,
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata={"name": POOL},
            spec=_node_pool(args),
            opts=self.child(depends_on=[node_class]),
        )
        self.register_outputs({})


def _node_class(args: NodePoolArgs) -> dict[str, Any]:
    return {
        "role": args.role_name,
        "subnetSelectorTerms": [{"id": subnet} for subnet in args.subnet_ids],
        "securityGroupSelectorTerms": [{"id": args.security_group_id}],
        "advancedNetworking": {"associatePublicIPAddress": False},
        # Policies are obeyed; what no policy speaks of, such as AWS's own add-ons, is let through.
        "networkPolicy": "DefaultAllow",
        "ephemeralStorage": {"size": f"{NODE_DISK_GIB}Gi", "kmsKeyID": args.key_arn},
    }


def _node_pool(args: NodePoolArgs) -> dict[str, Any]:
    requirements = {
        "eks.amazonaws.com/instance-category": args.categories,
        "eks.amazonaws.com/instance-cpu": [str(cpus) for cpus in NODE_CPUS],
        "kubernetes.io/arch": [ARCHITECTURES[args.architecture]],
        # What may be taken away at two minutes' notice is not what people wait for.
        "karpenter.sh/capacity-type": ["on-demand"],
        "topology.kubernetes.io/zone": args.zones,
    }
    generation = {
        "key": "eks.amazonaws.com/instance-generation",
        "operator": "Gt",
        "values": [str(OLDEST_GENERATION - 1)],
    }
    return {
        "template": {
            "spec": {
                "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": POOL},
                "requirements": [
                    *({"key": key, "operator": "In", "values": list(values)} for key, values in requirements.items()),
                    generation,
                ],
                "expireAfter": NODE_LIFETIME,
                "terminationGracePeriod": NODE_DRAIN_TIME,
            }
        },
        "limits": {"cpu": str(args.maximum_cpus)},
        "disruption": {
            "consolidationPolicy": "WhenEmptyOrUnderutilized",
            "consolidateAfter": "10m",
            "budgets": [
                {"nodes": "1"},
                {"nodes": "0", "reasons": ["Underutilized"], "schedule": DAY_BEGINS, "duration": DAY_LASTS},
            ],
        },
    }
