"""Fills in the stack's outputs, and checks that they have the shape that everybody reads. Never a secret in clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from components.database import DATABASE_NAME, PORT
from components.deletion_guard import DeletionGuard
from components.image_registry import ImageRegistry
from components.kubernetes_cluster import KubernetesCluster
from components.vm_fleet import VmFleet
from components.work_queue import WorkQueue
from stacks.foundation import Foundation
from stacks.layers import Layers
from stacks.manifest import HttpManifest
from stacks.outputs_exposure import exposure
from stacks.outputs_identities import identities
from stacks.outputs_inventory import inventory, processors, releases, traffic
from stacks.outputs_ledger import Ledger
from stacks.outputs_model import SCHEMA_VERSION, PlatformOutputs
from stacks.outputs_stores import data_stores
from stacks.paas import Paas
from stacks.services import Service
from stacks.settings import ContainerPlacement
from stacks.stack_config import StackConfig


def export_outputs(layers: Layers, services: Mapping[str, Service], guard: DeletionGuard, ledger: Ledger) -> None:
    """Export one stack output for each field of PlatformOutputs, once its value is known and of its shape.

    Each for itself: what is not known yet in a preview hides no other, and a secret value would mask its own alone.
    """
    config, foundation, paas = layers.config, layers.foundation, layers.paas
    protected = guard.guarded if config.settings.environment.deletion_protection else []
    fields: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "environment": config.settings.environment.name,
        "region": config.region,
        "account_id": foundation.account_id,
        "site": _site(paas),
        "services": {name: _service(name, service) for name, service in services.items()},
        "database": _database(config, paas),
        "cache": _cache(config, paas),
        "queues": {name: _queue(queue) for name, queue in paas.queues.items()},
        "mail": _mail(config, paas),
        "cluster": _cluster(config, paas.cluster) if paas.cluster else None,
        "registry": _registry(paas.registry) if paas.registry else None,
        "artefact": _artefact(foundation),
        "network": _network(config, foundation),
        "maintenance": {"instance_id": layers.iaas.maintenance_host.instance.id},
        "protected": protected,
        "inventory": inventory(ledger),
        "exposure": exposure(ledger),
        "identities": identities(ledger),
        "data_stores": data_stores(ledger, region=config.region, protected=protected),
        "processors": processors(ledger, region=config.region),
        "releases": releases(layers, services),
        "traffic": traffic(services),
    }
    for name, field in PlatformOutputs.model_fields.items():
        pulumi.export(name, _of_its_shape(field, fields[name]))


def _of_its_shape(field: FieldInfo, value: Any) -> pulumi.Output[Any]:
    shape: TypeAdapter[Any] = TypeAdapter(cast("Any", field.annotation))
    return pulumi.Output.from_input(value).apply(
        lambda known: shape.dump_python(shape.validate_python(known), mode="json")
    )


def _site(paas: Paas) -> dict[str, Any]:
    return {
        "url": paas.site.url,
        "load_balancer_arn": paas.site.load_balancer.arn,
        "load_balancer_dns_name": paas.site.load_balancer.dns_name,
        "https_listener_arn": paas.site.https_listener.arn,
        "http_listener_arn": paas.site.http_listener.arn,
    }


def _service(name: str, service: Service) -> dict[str, Any]:
    manifest = service.manifest
    http = manifest if isinstance(manifest, HttpManifest) else None
    return {
        "kind": manifest.kind,
        "owner": manifest.owner,
        "vms": _vms(service, service.fleet) if service.fleet else None,
        "containers": _containers(name, service, service.placement.containers)
        if service.placement.containers
        else None,
        "initial_container_share": service.placement.initial_container_share,
        "health_path": manifest.health_path,
        "readiness_path": http.readiness_path if http else None,
        "routes": list(http.routes.paths) if http else [],
    }


def _vms(service: Service, fleet: VmFleet) -> dict[str, Any]:
    group = service.route.vm_target_group if service.route else None
    return {
        "desired": service.placement.vms,
        "auto_scaling_group": fleet.group.name,
        "target_group_arn": group.arn if group else None,
    }


def _containers(name: str, service: Service, placement: ContainerPlacement) -> dict[str, Any]:
    group = service.route.container_target_group if service.route else None
    return {
        "namespace": name,
        "deployment": name,
        "minimum": placement.minimum,
        "maximum": placement.maximum,
        "target_group_arn": group.arn if group else None,
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


def _cache(config: StackConfig, paas: Paas) -> dict[str, Any]:
    group = paas.cache.replication_group
    return {
        "replication_group": group.id,
        "arn": group.arn,
        "address": paas.cache.address,
        "port": paas.cache.port,
        "replicas": config.settings.cache.replicas,
        "encrypted": pulumi.Output.all(group.at_rest_encryption_enabled, group.transit_encryption_enabled).apply(all),
        "users": sorted(paas.cache.user_arns),
    }


def _queue(queue: WorkQueue) -> dict[str, Any]:
    return {
        "url": queue.queue.url,
        "arn": queue.queue.arn,
        "dead_letter_url": queue.dead_letter_queue.url,
        "dead_letter_arn": queue.dead_letter_queue.arn,
    }


def _mail(config: StackConfig, paas: Paas) -> dict[str, Any]:
    return {
        "sender": config.settings.mail.sender,
        "domain": paas.mail.identity.email_identity,
        "configuration_set": paas.mail.configuration_set.configuration_set_name,
        "per_second": config.settings.mail.per_second,
    }


def _cluster(config: StackConfig, cluster: KubernetesCluster) -> dict[str, Any]:
    return {
        "name": cluster.name,
        "arn": cluster.cluster.arn,
        "endpoint": cluster.cluster.endpoint,
        "version": cluster.cluster.version,
        "kubeconfig_command": pulumi.Output.format(
            "aws eks update-kubeconfig --region {0} --name {1}", config.region, cluster.name
        ),
    }


def _registry(registry: ImageRegistry) -> dict[str, Any]:
    return {"repository": registry.repository.name, "url": registry.repository.repository_url}


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
        "subnet_cidrs": {
            "public": [subnet.cidr_block for subnet in network.public_subnets.values()],
            "private": [subnet.cidr_block for subnet in network.private_subnets.values()],
            "data": [subnet.cidr_block for subnet in network.data_subnets.values()],
        },
    }
