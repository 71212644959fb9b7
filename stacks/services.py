"""Each declared service in its place: a route from the site, and a fleet whose permissions follow from its needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.component import Classification, Component
from components.database import PORT
from components.naming import logical
from components.permissions import log_into_database, read_artefacts, read_secret
from components.service_route import WHOLE_SHARE, ServiceRoute, ServiceRouteArgs
from components.vm_fleet import LoadBalancedBy, VmFleet, VmFleetArgs
from stacks.boot import service_boot
from stacks.foundation import Foundation
from stacks.iaas import Iaas, machine_shape
from stacks.manifest import HttpManifest, Manifest
from stacks.paas import Paas
from stacks.settings import ServicePlacement
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service where it runs. `route` is None for a worker."""

    manifest: Manifest
    placement: ServicePlacement
    route: ServiceRoute | None
    fleet: VmFleet

    @property
    def components(self) -> tuple[Component, ...]:
        """The service's components."""
        return (self.route, self.fleet) if self.route else (self.fleet,)


@dataclass(frozen=True, kw_only=True)
class _Layers:
    config: StackConfig
    foundation: Foundation
    paas: Paas
    iaas: Iaas


def build_services(
    config: StackConfig, manifests: Mapping[str, Manifest], foundation: Foundation, paas: Paas, iaas: Iaas
) -> dict[str, Service]:
    """Make the layer: one service for each manifest, by name."""
    layers = _Layers(config=config, foundation=foundation, paas=paas, iaas=iaas)
    return {name: _build_service(name, manifest, layers) for name, manifest in manifests.items()}


def _build_service(name: str, manifest: Manifest, layers: _Layers) -> Service:
    placement = layers.config.settings.services[name]
    classification = Classification(service=name, owner=manifest.owner, data_class=manifest.data_class)
    if not isinstance(manifest, HttpManifest):
        fleet = _build_fleet(name, manifest, classification, layers, balanced=None, after=[])
        return Service(manifest=manifest, placement=placement, route=None, fleet=fleet)
    route = ServiceRoute(
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
            vm_share=WHOLE_SHARE - placement.initial_container_share,
        ),
    )
    balanced = LoadBalancedBy(
        target_group_arn=route.target_group.arn,
        security_group=layers.paas.site.security_group,
        port=manifest.port,
    )
    # The balancer checks no machine's health for a group that no rule names: the fleet would wait for ever.
    fleet = _build_fleet(name, manifest, classification, layers, balanced=balanced, after=[route])
    return Service(manifest=manifest, placement=placement, route=route, fleet=fleet)


def _build_fleet(
    name: str,
    manifest: Manifest,
    classification: Classification,
    layers: _Layers,
    *,
    balanced: LoadBalancedBy | None,
    after: list[pulumi.Resource],
) -> VmFleet:
    config, foundation, paas = layers.config, layers.foundation, layers.paas
    network = foundation.network
    return VmFleet(
        logical(config.settings.environment.name, name),
        VmFleetArgs(
            classification=classification,
            shape=machine_shape(config, foundation, layers.iaas.image_id, data_class=manifest.data_class),
            size=config.settings.services[name].vms,
            vpc_id=network.vpc.id,
            subnet_ids=[subnet.id for subnet in network.private_subnets.values()],
            user_data=service_boot(name, manifest, config, foundation, paas),
            permissions=_permissions(name, manifest, layers),
            load_balanced_by=balanced,
            reaches={"database": (paas.database.security_group, PORT)} if manifest.needs.database else {},
        ),
        pulumi.ResourceOptions(depends_on=[network, layers.iaas.migration, *after]),
    )


def _permissions(name: str, manifest: Manifest, layers: _Layers) -> dict[str, pulumi.Input[str]]:
    """Policy documents by purpose: the artefact for every service, and what its manifest says that it needs."""
    region, foundation = layers.config.region, layers.foundation
    permissions: dict[str, pulumi.Input[str]] = {"artefact": read_artefacts(foundation.artefacts, region=region)}
    if manifest.needs.database:
        permissions["database"] = log_into_database(
            layers.paas.database.resource_id, name, region=region, account_id=foundation.account_id
        )
    if "identity-key" in manifest.needs.secrets:
        permissions["identity-key"] = read_secret(foundation.identity_secret, region=region)
    return permissions
