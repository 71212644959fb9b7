"""What all services' containers share: the cluster that they run in, their image, and whom the cluster speaks to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import pulumi

from components.cluster_firewall import ClusterFirewall, ClusterFirewallArgs
from components.component import Component
from components.container_image import ContainerImage, ContainerImageArgs
from components.container_logs import ContainerLogs, ContainerLogsArgs
from components.container_workload import Cluster
from components.naming import logical
from stacks.foundation import Foundation
from stacks.manifest import HttpManifest, Manifest
from stacks.needs import data_stores
from stacks.paas import Paas
from stacks.service_logs import ServiceLogs
from stacks.stack_config import StackConfig

# Amazon EKS User Guide: a cluster's DNS answers at the tenth address of its service network. In Auto Mode no pods stand
# behind it that a network policy could select: each node answers for itself.
DNS_ADDRESS = 10


@dataclass(frozen=True, kw_only=True)
class Containers:
    """log_collector: what brings containers' output to their services' logs.
    dns: where the cluster's DNS answers.
    ready: what has to be there before any container can start and be reached."""

    cluster: Cluster
    image: ContainerImage
    firewall: ClusterFirewall
    log_collector: ContainerLogs
    dns: IPv4Address
    ready: tuple[pulumi.Resource, ...]

    @property
    def components(self) -> tuple[Component, ...]:
        """The part's components."""
        return (self.image, self.firewall, self.log_collector)


def build_containers(
    config: StackConfig,
    manifests: Mapping[str, Manifest],
    foundation: Foundation,
    paas: Paas,
    logs: ServiceLogs,
    source: Path,
) -> Containers | None:
    """Make what containers share, where the environment has a cluster.

    logs: the services' logs: also of those that have left containers.
    source: the checkout that the image is built from.
    """
    kubernetes = config.settings.kubernetes
    if paas.cluster is None or paas.registry is None or kubernetes is None:
        return None
    environment = config.settings.environment.name
    placed = [manifest for name, manifest in manifests.items() if config.settings.services[name].containers]
    firewall = ClusterFirewall(
        logical(environment, "pods"),
        ClusterFirewallArgs(
            security_group_id=paas.cluster.security_group_id,
            site=paas.site.security_group,
            ports=sorted({manifest.port for manifest in placed if isinstance(manifest, HttpManifest)}),
            reaches=data_stores([manifest.needs for manifest in placed], paas),
        ),
    )
    image = ContainerImage(
        logical(environment, "services"),
        ContainerImageArgs(repository=paas.registry.repository, store=foundation.artefact_store, source=source),
    )
    cluster = Cluster(name=paas.cluster.name, arn=paas.cluster.cluster.arn, provider=paas.cluster.kubernetes)
    return Containers(
        cluster=cluster,
        image=image,
        firewall=firewall,
        log_collector=ContainerLogs(
            logical(environment, "container-logs"),
            ContainerLogsArgs(
                cluster=cluster, region=config.region, logs=logs.by_service, starts_after=[paas.cluster.node_pool]
            ),
        ),
        dns=kubernetes.service_cidr[DNS_ADDRESS],
        ready=(paas.cluster, firewall),
    )
