"""Each declared service in its place: a route from the site, a fleet, containers, or all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.component import Classification, Component
from components.container_workload import ContainerWorkload
from components.naming import logical
from components.service_route import ServiceRoute, ServiceRouteArgs
from components.vm_fleet import VmFleet
from stacks.fleets import build_fleet
from stacks.layers import Layers
from stacks.manifest import HttpManifest, Manifest
from stacks.settings import ServicePlacement
from stacks.workloads import build_workload


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service where it runs. `route` is None for a worker; `fleet` and `workload` where it has none there."""

    manifest: Manifest
    placement: ServicePlacement
    route: ServiceRoute | None
    fleet: VmFleet | None
    workload: ContainerWorkload | None

    @property
    def components(self) -> tuple[Component, ...]:
        """The service's components."""
        return tuple(one for one in (self.route, self.fleet, self.workload) if one)


def build_services(manifests: Mapping[str, Manifest], layers: Layers) -> dict[str, Service]:
    """Make the layer: one service for each manifest, by name."""
    return {name: _build_service(name, manifest, layers) for name, manifest in manifests.items()}


def _build_service(name: str, manifest: Manifest, layers: Layers) -> Service:
    placement = layers.config.settings.services[name]
    classification = Classification(service=name, owner=manifest.owner, data_class=manifest.data_class)
    route = (
        _build_route(name, manifest, classification, layers, placement) if isinstance(manifest, HttpManifest) else None
    )
    return Service(
        manifest=manifest,
        placement=placement,
        route=route,
        fleet=build_fleet(name, manifest, classification, layers, route) if placement.vms else None,
        workload=build_workload(name, manifest, classification, layers, route, placement.containers, layers.containers)
        if placement.containers and layers.containers
        else None,
    )


def _build_route(
    name: str, manifest: HttpManifest, classification: Classification, layers: Layers, placement: ServicePlacement
) -> ServiceRoute:
    containers = layers.containers if placement.containers else None
    return ServiceRoute(
        logical(layers.config.settings.environment.name, name),
        ServiceRouteArgs(
            classification=classification,
            vpc_id=layers.foundation.network.vpc.id,
            listener_arn=layers.paas.site.https_listener.arn,
            port=manifest.port,
            health_path=manifest.health_path,
            drain_seconds=manifest.drain_seconds,
            priority=manifest.routes.priority,
            paths=manifest.routes.paths,
            on_machines=placement.vms > 0,
            cluster_name=containers.cluster.name if containers else None,
            container_share=placement.initial_container_share,
        ),
    )
