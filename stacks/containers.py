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
from components.service_log import ServiceLog, ServiceLogArgs
from stacks.foundation import Foundation
from stacks.manifest import HttpManifest, Manifest
from stacks.needs import data_stores
from stacks.paas import Paas
from stacks.stack_config import StackConfig

# Amazon EKS User Guide: a cluster's DNS answers at the tenth address of its service network. In Auto Mode no pods stand
# behind it that a network policy could select: each node answers for itself.
DNS_ADDRESS = 10


@dataclass(frozen=True, kw_only=True)
class Containers:
    """logs: the services' logs, by service, and what brings containers' output there.
    dns: where the cluster's DNS answers.
    ready: what has to be there before any container can start and be reached."""

    cluster: Cluster
    image: ContainerImage
    firewall: ClusterFirewall
    logs: Mapping[str, ServiceLog]
    log_collector: ContainerLogs
    dns: IPv4Address
    ready: tuple[pulumi.Resource, ...]

    @property
    def components(self) -> tuple[Component, ...]:
        """The part's components."""
        return (self.image, self.firewall, *self.logs.values(), self.log_collector)


def build_containers(
    config: StackConfig, manifests: Mapping[str, Manifest], foundation: Foundation, paas: Paas, source: Path
) -> Containers | None:
    """Make what containers share, where the environment has a cluster.

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
    logs = {name: _log(name, manifest, config, foundation) for name, manifest in manifests.items()}
    return Containers(
        cluster=cluster,
        image=image,
        firewall=firewall,
        logs=logs,
        log_collector=ContainerLogs(
            logical(environment, "container-logs"),
            ContainerLogsArgs(cluster=cluster, region=config.region, logs=logs, starts_after=[paas.cluster.node_pool]),
        ),
        dns=kubernetes.service_cidr[DNS_ADDRESS],
        ready=(paas.cluster, firewall),
    )


def _log(name: str, manifest: Manifest, config: StackConfig, foundation: Foundation) -> ServiceLog:
    """The log of service `name`, whether it has containers just now or not: what it wrote in them is still kept."""
    environment = config.settings.environment
    return ServiceLog(
        logical(environment.name, name, "log"),
        ServiceLogArgs(
            service=name,
            owner=manifest.owner,
            environment=environment.name,
            key_arn=foundation.internal_key.arn,
            retention_days=config.settings.logs.retention_days,
            deletion_protection=environment.deletion_protection,
        ),
    )
