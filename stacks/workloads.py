"""A service in containers: a workload whose permissions and openings follow from the service's needs."""

from __future__ import annotations

from components.component import Classification
from components.container_workload import ContainerWorkload, ContainerWorkloadArgs, Scaling
from components.naming import logical
from components.service_route import ServiceRoute
from stacks.boot import service_environment
from stacks.containers import Containers
from stacks.layers import Layers
from stacks.manifest import HttpManifest, Manifest
from stacks.needs import openings_into, openings_out, permissions
from stacks.settings import ContainerPlacement


def build_workload(
    name: str,
    manifest: Manifest,
    classification: Classification,
    layers: Layers,
    route: ServiceRoute | None,
    placement: ContainerPlacement,
    containers: Containers,
) -> ContainerWorkload:
    """Make the containers of service `name`. route: where its requests come from; none for a worker."""
    config, foundation, paas = layers.config, layers.foundation, layers.paas
    settings = config.settings
    group = route.container_target_group if route else None
    return ContainerWorkload(
        logical(settings.environment.name, name),
        ContainerWorkloadArgs(
            classification=classification,
            cluster=containers.cluster,
            image_ref=containers.image.ref,
            environment=service_environment(
                name, manifest, config, foundation, paas, layers.partners, runtime="container"
            ),
            port=manifest.port,
            health_path=manifest.health_path,
            readiness_path=manifest.readiness_path if isinstance(manifest, HttpManifest) else manifest.health_path,
            drain_seconds=manifest.drain_seconds,
            cpu_millicores=manifest.resources.cpu_millicores,
            memory_mib=manifest.resources.memory_mib,
            scaling=Scaling(
                minimum=placement.minimum, maximum=placement.maximum, cpu_percent=manifest.scaling.cpu_percent
            ),
            permissions=permissions(name, manifest, config, foundation, paas, layers.partners),
            target_group_arn=group.arn if group else None,
            into=openings_into(manifest, settings.network),
            out=openings_out(manifest.needs, settings.network, containers.dns, layers.partners),
            # Without its rule the balancer checks no pod's health, and no pod would ever count as ready.
            starts_after=[
                foundation.network,
                layers.iaas.migration,
                *containers.ready,
                *([route] if route else []),
            ],
        ),
    )
