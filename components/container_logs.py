"""Brings what services' containers write to standard output and error to their services' logs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component
from components.container_workload import Cluster
from components.permissions import WRITE_LOG
from components.pod_identity import PodIdentity, PodIdentityArgs
from components.pod_template import CONTAINER
from components.service_log import ServiceLog

# Amazon EKS User Guide, Community add-ons: the add-on's name, its namespace and its service account's are the same.
ADDON: Final = "fluent-bit"

# Kubernetes links a container's log as POD_NAMESPACE_CONTAINER-ID.log; a namespace has its service's name. Where
# reading got to is written down on the node, so that a new collector neither repeats nor skips.
_INPUT: Final = Template("""\
[INPUT]
    Name tail
    Tag $service.*
    Path /var/log/containers/*_${service}_$container-*.log
    multiline.parser cri
    DB /var/log/fluent-bit-$service.db
    Read_from_Head On
    Refresh_Interval 5
    Buffer_Max_Size 256k
    Skip_Long_Lines On
    Mem_Buf_Limit 10MB
""")
# The line as the service wrote it, which is JSON, and not Fluent Bit's record of it. A stream for each container. While
# CloudWatch can't be reached nothing is given up: reading waits, and the node keeps the files.
_OUTPUT: Final = Template("""\
[OUTPUT]
    Name cloudwatch_logs
    Match $service.*
    region $region
    log_group_name $group
    log_stream_prefix pods/
    log_key log
    auto_create_group Off
    Retry_Limit no_limits
""")


@dataclass(frozen=True, kw_only=True)
class ContainerLogsArgs:
    """cluster: where the containers run.
    region: where the logs are.
    logs: of the services that may have containers, by service.
    starts_after: nodes to run on.
    """

    cluster: Cluster
    region: str
    logs: Mapping[str, ServiceLog]
    starts_after: Sequence[pulumi.Resource]


class ContainerLogs(Component):
    """Fluent Bit on every node, as an add-on of EKS that AWS checks against the cluster's version."""

    layer = "services"

    def __init__(self, name: str, args: ContainerLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        groups = {service: log.group for service, log in args.logs.items()}
        self.identity = PodIdentity(
            name,
            PodIdentityArgs(
                classification=self.classification,
                cluster_name=args.cluster.name,
                cluster_arn=args.cluster.arn,
                namespace=ADDON,
                service_account=ADDON,
                permissions={"logs": pulumi.Output.all(*(group.arn for group in groups.values())).apply(_may_write)},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        names = {service: log.group_name for service, log in args.logs.items()}
        self.addon = aws.eks.Addon(
            name,
            cluster_name=args.cluster.name,
            addon_name=ADDON,
            configuration_values=configuration(names, region=args.region),
            resolve_conflicts_on_update="OVERWRITE",
            # Pods that are made before their association is known never get credentials.
            opts=self.child(depends_on=[self.identity, *groups.values(), *args.starts_after]),
        )
        self.register_outputs({})


def configuration(groups: Mapping[str, str], *, region: str) -> str:
    """What the add-on is told, in the words of Fluent Bit's own Helm chart.

    groups: names of log groups by service. Other containers' logs stay on their nodes.
    """
    known = [
        {"service": service, "group": group, "region": region, "container": CONTAINER}
        for service, group in groups.items()
    ]
    return json.dumps(
        {
            "config": {
                "inputs": "\n".join(_INPUT.substitute(one) for one in known),
                # The chart's own would ask the API server about every container.
                "filters": "",
                "outputs": "\n".join(_OUTPUT.substitute(one) for one in known),
            },
            # A full node makes room for it, or what runs there would be heard nowhere.
            "priorityClassName": "system-node-critical",
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "192Mi"}},
        }
    )


def _may_write(group_arns: Sequence[str]) -> str:
    return iam_policy.document(*(iam_policy.allow(WRITE_LOG, f"{arn}:*") for arn in group_arns))
