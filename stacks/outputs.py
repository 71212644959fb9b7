"""The stack's outputs: the one contract by which everything outside the program knows the platform.

The same shape in every environment. Each top-level field is one stack output. Never a secret in clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pulumi
from pydantic import BaseModel, ConfigDict, Field

from components.database import DATABASE_NAME, PORT
from components.deletion_guard import DeletionGuard
from stacks.foundation import Foundation
from stacks.iaas import Iaas
from stacks.manifest import HttpManifest
from stacks.paas import Paas
from stacks.services import Service
from stacks.stack_config import StackConfig

SCHEMA_VERSION = 1


class OutputModel(BaseModel):
    """A part of the outputs; holds exactly what it declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteOutput(OutputModel):
    """How the site is reached."""

    url: str = Field(description="Where people find the site.")
    load_balancer_arn: str
    load_balancer_dns_name: str
    https_listener_arn: str = Field(description="Holds one rule a service.")
    http_listener_arn: str = Field(description="Redirects to HTTPS.")


class VmsOutput(OutputModel):
    """A service's virtual machines."""

    desired: int = Field(description="The group's minimum, maximum and desired size.")
    auto_scaling_group: str = Field(description="The group's name.")
    target_group_arn: str | None = Field(description="Where the load balancer finds them; none for a worker.")


class ServiceOutput(OutputModel):
    """A service and where it runs."""

    kind: Literal["http", "worker"]
    owner: str
    vms: VmsOutput
    containers: None = Field(description="Nothing runs in containers yet.")
    initial_container_share: int = Field(description="Per cent of traffic for containers when the rule was made.")
    health_path: str | None = Field(description="Answers while the process is well; none for a worker.")
    readiness_path: str | None = Field(description="Answers while dependencies can be reached too; none for a worker.")
    routes: list[str] = Field(description="Path patterns that the service answers.")


class DatabaseOutput(OutputModel):
    """The PostgreSQL instance."""

    identifier: str
    endpoint: str = Field(description="Host name.")
    port: int
    name: str = Field(description="The database within the instance.")
    arn: str
    resource_id: str = Field(description="Names the instance in `rds-db:connect` permissions.")
    multi_az: bool
    encrypted: bool
    backup_retention_days: int


class ArtefactOutput(OutputModel):
    """The archive that every service runs from."""

    sha256: str
    bucket: str
    key: str
    python: str
    architecture: str


class NetworkOutput(OutputModel):
    """The VPC."""

    vpc_id: str
    cidr: str
    zones: list[str]
    nat_public_addresses: list[str] = Field(description="What partners see as the platform's address.")
    subnets: dict[Literal["public", "private", "data"], list[str]] = Field(
        description="Subnet ids by tier, in the order of the zones."
    )


class MaintenanceOutput(OutputModel):
    """The machine that migrations run on."""

    instance_id: str


class PlatformOutputs(OutputModel):
    """All outputs of a stack."""

    schema_version: Literal[1] = Field(description="Version of this contract.")
    environment: str
    region: str
    site: SiteOutput
    services: dict[str, ServiceOutput]
    database: DatabaseOutput
    artefact: ArtefactOutput
    network: NetworkOutput
    maintenance: MaintenanceOutput
    protected: list[str] = Field(description="Logical names of what deletion protection holds.")


def export_outputs(
    config: StackConfig,
    foundation: Foundation,
    paas: Paas,
    iaas: Iaas,
    services: Mapping[str, Service],
    guard: DeletionGuard,
) -> None:
    """Export one stack output for each field of PlatformOutputs, once all values are known and of its shape."""
    fields = {
        "schema_version": SCHEMA_VERSION,
        "environment": config.settings.environment.name,
        "region": config.region,
        "site": _site(paas),
        "services": {name: _service(service) for name, service in services.items()},
        "database": _database(config, paas),
        "artefact": _artefact(foundation),
        "network": _network(config, foundation),
        "maintenance": {"instance_id": iaas.maintenance_host.instance.id},
        "protected": guard.guarded if config.settings.environment.deletion_protection else [],
    }
    outputs = pulumi.Output.from_input(fields).apply(
        lambda known: PlatformOutputs.model_validate(known).model_dump(mode="json")
    )
    for name in PlatformOutputs.model_fields:
        pulumi.export(name, outputs[name])


def _site(paas: Paas) -> dict[str, Any]:
    return {
        "url": paas.site.url,
        "load_balancer_arn": paas.site.load_balancer.arn,
        "load_balancer_dns_name": paas.site.load_balancer.dns_name,
        "https_listener_arn": paas.site.https_listener.arn,
        "http_listener_arn": paas.site.http_listener.arn,
    }


def _service(service: Service) -> dict[str, Any]:
    manifest = service.manifest
    http = manifest if isinstance(manifest, HttpManifest) else None
    return {
        "kind": manifest.kind,
        "owner": manifest.owner,
        "vms": {
            "desired": service.placement.vms,
            "auto_scaling_group": service.fleet.group.name,
            "target_group_arn": service.route.target_group.arn if service.route else None,
        },
        "containers": None,
        "initial_container_share": service.placement.initial_container_share,
        "health_path": http.health_path if http else None,
        "readiness_path": http.readiness_path if http else None,
        "routes": list(http.routes.paths) if http else [],
    }


def _database(config: StackConfig, paas: Paas) -> dict[str, Any]:
    instance = paas.database.instance
    return {
        "identifier": instance.identifier,
        "endpoint": instance.address,
        "port": PORT,
        "name": DATABASE_NAME,
        "arn": instance.arn,
        "resource_id": instance.resource_id,
        "multi_az": config.settings.database.multi_az,
        "encrypted": instance.storage_encrypted,
        "backup_retention_days": config.settings.database.backup_retention_days,
    }


def _artefact(foundation: Foundation) -> dict[str, Any]:
    store = foundation.artefact_store
    return {
        "sha256": store.artefact.sha256,
        "bucket": store.bucket.bucket,
        "key": store.key,
        "python": store.artefact.python,
        "architecture": store.artefact.architecture,
    }


def _network(config: StackConfig, foundation: Foundation) -> dict[str, Any]:
    network = foundation.network
    return {
        "vpc_id": network.vpc.id,
        "cidr": str(config.settings.network.cidr),
        "zones": list(network.zones),
        "nat_public_addresses": [address.public_ip for address in network.nat_addresses.values()],
        "subnets": {
            "public": [subnet.id for subnet in network.public_subnets.values()],
            "private": [subnet.id for subnet in network.private_subnets.values()],
            "data": [subnet.id for subnet in network.data_subnets.values()],
        },
    }
