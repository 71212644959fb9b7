"""A service on virtual machines: a fleet whose permissions and openings follow from the service's needs."""

from __future__ import annotations

import pulumi

from components.component import Classification
from components.naming import logical
from components.permissions import read_artefacts, write_log
from components.service_route import ServiceRoute
from components.vm_fleet import LoadBalancedBy, VmFleet, VmFleetArgs
from stacks.boot import service_boot
from stacks.iaas import machine_shape
from stacks.layers import Layers
from stacks.manifest import Manifest
from stacks.needs import data_stores, partner_networks, permissions


def build_fleet(
    name: str, manifest: Manifest, classification: Classification, layers: Layers, route: ServiceRoute | None
) -> VmFleet:
    """Make the fleet of service `name`. route: where its requests come from; none for a worker."""
    config, foundation, paas = layers.config, layers.foundation, layers.paas
    network = foundation.network
    log = layers.logs.by_service[name]
    balanced = None
    if route and route.vm_target_group:
        balanced = LoadBalancedBy(
            target_group_arn=route.vm_target_group.arn, security_group=paas.site.security_group, port=manifest.port
        )
    return VmFleet(
        logical(config.settings.environment.name, name),
        VmFleetArgs(
            classification=classification,
            shape=machine_shape(config, foundation, layers.iaas.image_id, data_class=manifest.data_class),
            size=config.settings.services[name].vms,
            vpc_id=network.vpc.id,
            subnet_ids=[subnet.id for subnet in network.private_subnets.values()],
            user_data=service_boot(name, manifest, config, foundation, paas, layers.partners, log),
            permissions={
                "artefact": read_artefacts(foundation.artefacts, region=config.region),
                "log": write_log(log.group.arn),
                "sessions": foundation.session_log.permission,
                **permissions(name, manifest, config, foundation, paas, layers.partners),
            },
            load_balanced_by=balanced,
            reaches=data_stores([manifest.needs], paas),
            asks=partner_networks(manifest.needs, layers.partners),
        ),
        # The balancer checks no machine's health for a group that no rule names: the fleet would wait for ever.
        pulumi.ResourceOptions(depends_on=[network, layers.iaas.migration, *([route] if route else [])]),
    )
