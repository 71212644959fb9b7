"""What sections of the settings and service manifests say about each other, and what can't work.

Each check takes what it compares and returns one line a fault, so that all faults show at once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from ipaddress import IPv4Network
from itertools import combinations

from components.container_workload import ROLLOUT_SURGE_PERCENT
from components.node_pool import ADDRESSES_OF_A_BLOCK, SMALLEST_NODE_CPUS
from components.service_route import WHOLE_SHARE
from components.vm_fleet import REFRESH_MAX_HEALTHY_PERCENT
from stacks.faults import unknown_name
from stacks.manifest import HttpManifest, Manifest, WorkerManifest
from stacks.saas_settings import PartnerName
from stacks.settings import (
    ContainerPlacement,
    DatabaseSettings,
    KubernetesSettings,
    MailSettings,
    NetworkSettings,
    ServicePlacement,
    SiteSettings,
    VmSettings,
)

# The first four addresses of a subnet and its last (Amazon VPC, subnet sizing).
ADDRESSES_KEPT_BY_AWS = 5
MAINTENANCE_HOSTS = 1
# Kept for PostgreSQL's superusers (3), RDS itself (2), migrations and people at work.
RESERVED_CONNECTIONS = 20
# RDS for PostgreSQL's own default: one connection for each so many bytes of memory.
BYTES_OF_A_CONNECTION = 9_531_392
# Memory in GiB of an RDS class: of burstable sizes, and of a family's `large` (AWS, DB instance class hardware).
_BURSTABLE_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_LARGE_GIB = {"m": 8, "r": 16}


def check_region(region: str, network: NetworkSettings) -> list[str]:
    """Every zone is one of the region's."""
    return [
        f"prakerja:network.zones.{zone}: not a zone of aws:region; allowed: {region}a, {region}b, …"
        for zone in network.zone_names
        if zone[:-1] != region
    ]


def check_subnets(network: NetworkSettings) -> list[str]:
    """Every subnet lies in the VPC, and none in another's addresses."""
    subnets = _subnets_by_path(network)
    outside = [
        f"{path}: {subnet} is not within prakerja:network.cidr; allowed: a part of {network.cidr}"
        for path, subnet in subnets.items()
        if not subnet.subnet_of(network.cidr)
    ]
    overlapping = [
        f"{second}: {subnets[second]} overlaps {first} ({subnets[first]}); allowed: addresses no other subnet has"
        for first, second in combinations(subnets, 2)
        if subnets[first].overlaps(subnets[second])
    ]
    return outside + overlapping


def check_services(
    services: Mapping[str, ServicePlacement], manifests: Mapping[str, Manifest], partners: Collection[PartnerName]
) -> list[str]:
    """Exactly the services that have a manifest are placed, and traffic only goes where something can answer.

    partners: that the environment has.
    """
    unknown = [
        f"prakerja:services.{name}: {unknown_name(name, manifests)}" for name in services if name not in manifests
    ]
    missing = [
        f"prakerja:services.{name}: missing; app/{name}/service.yaml needs a placement, such as {{vms: 2}}"
        for name in manifests
        if name not in services
    ]
    misplaced = [
        fault
        for name, placement in services.items()
        if name in manifests
        for fault in _misplaced(f"prakerja:services.{name}", placement, manifests[name], partners)
    ]
    return unknown + missing + misplaced


def _misplaced(
    path: str, placement: ServicePlacement, manifest: Manifest, partners: Collection[PartnerName]
) -> list[str]:
    share = placement.initial_container_share
    # Without whom it asks, a worker has no work; a service of the site does less.
    lacking = [one for one in manifest.needs.partners if one not in partners and isinstance(manifest, WorkerManifest)]
    if lacking and (placement.vms or placement.containers):
        return [
            (
                f"{path}: it asks {', '.join(lacking)}, and prakerja:partners has no such partner; allowed: {{vms: 0}} "
                f"without containers, or prakerja:partners.{lacking[0]}"
            )
        ]
    if not placement.vms and not placement.containers and not lacking:
        return [f"{path}: neither virtual machines nor containers; allowed: vms from 1, containers, or both"]
    if share and not placement.containers:
        return [
            (
                f"{path}.initial_container_share: {share} per cent would go to containers, of which there are none; "
                "allowed: 0"
            )
        ]
    if not isinstance(manifest, HttpManifest):
        asked = f"{path}.initial_container_share: {share}, but nobody asks a worker anything; allowed: 0"
        return [asked] if share else []
    if not placement.vms and share < WHOLE_SHARE:
        return [
            (
                f"{path}.initial_container_share: {WHOLE_SHARE - share} per cent would go to virtual machines, of "
                f"which there are none; allowed: {WHOLE_SHARE}"
            )
        ]
    return []


def check_cluster(
    kubernetes: KubernetesSettings | None,
    services: Mapping[str, ServicePlacement],
    manifests: Mapping[str, Manifest],
) -> list[str]:
    """There is a cluster exactly where something runs in containers, and its nodes bear all that may run."""
    placed = {name: containers for name, one in services.items() if (containers := one.containers)}
    if kubernetes is None:
        some = ", ".join(f"prakerja:services.{name}.containers" for name in placed)
        return [f"prakerja:kubernetes: missing; needed: a cluster for {some}"] if placed else []
    if not placed:
        return ["prakerja:kubernetes: no service has containers; allowed: to leave it out"]
    millicores = sum(
        at_most(containers) * manifests[name].resources.cpu_millicores
        for name, containers in placed.items()
        if name in manifests
    )
    needed = math.ceil(millicores / 1000)
    if needed > kubernetes.maximum_cpus:
        return [
            (
                f"prakerja:kubernetes.maximum_cpus: {kubernetes.maximum_cpus}, and the services' containers ask for up "
                f"to {needed} while they are replaced; allowed: from {needed}, or fewer prakerja:services.*.containers"
            )
        ]
    return []


def check_service_network(kubernetes: KubernetesSettings, network: NetworkSettings) -> list[str]:
    """The cluster's own addresses are none of the VPC's."""
    if not kubernetes.service_cidr.overlaps(network.cidr):
        return []
    return [
        (
            f"prakerja:kubernetes.service_cidr: {kubernetes.service_cidr} overlaps prakerja:network.cidr "
            f"({network.cidr}); allowed: a network outside it"
        )
    ]


def check_mail(
    mail: MailSettings,
    site: SiteSettings | None,
    services: Mapping[str, ServicePlacement] | None,
    manifests: Mapping[str, Manifest],
) -> list[str]:
    """The sender is of the site's domain, and each process that sends has a mail a second at least."""
    faults = []
    if site and mail.sender.rpartition("@")[2] != site.domain:
        faults.append(f"prakerja:mail.sender: '{mail.sender}' is not of prakerja:site.domain; allowed: …@{site.domain}")
    senders = mail_senders(services or {}, manifests)
    if senders > mail.per_second:
        faults.append(
            f"prakerja:mail.per_second: {mail.per_second}, and up to {senders} processes send; allowed: from "
            f"{senders}, or fewer of the services that need mail"
        )
    return faults


def check_fleet_fits(
    network: NetworkSettings,
    services: Mapping[str, ServicePlacement],
    kubernetes: KubernetesSettings | None,
) -> list[str]:
    """Each private subnet has an address for every machine, node and container that may stand in it."""
    zones = len(network.zones)
    machines = MAINTENANCE_HOSTS + sum(math.ceil(with_surge(one.vms) / zones) for one in services.values())
    containers = _cluster_addresses(kubernetes, services, zones) if kubernetes else 0
    needed = machines + containers
    faults = []
    for zone in network.zone_names:
        subnet = network.zones[zone].private
        free = subnet.num_addresses - ADDRESSES_KEPT_BY_AWS
        if needed > free:
            besides = f" and nodes with their containers {containers}" if containers else ""
            faults.append(
                f"prakerja:network.zones.{zone}.private: {subnet} has {free} addresses, and in each of {zones} zones "
                f"the fleets may need {machines}{besides} while they are replaced; allowed: a larger subnet, more "
                "zones, or fewer of prakerja:services.*"
            )
    return faults


def _cluster_addresses(kubernetes: KubernetesSettings, services: Mapping[str, ServicePlacement], zones: int) -> int:
    """The most addresses of one zone that nodes take: one each, and blocks of 16 for their containers."""
    nodes = math.ceil(kubernetes.maximum_cpus / SMALLEST_NODE_CPUS / zones)
    containers = sum(math.ceil(at_most(one.containers) / zones) for one in services.values() if one.containers)
    # Every node may hold a block that is hardly begun.
    blocks = nodes + math.ceil(containers / ADDRESSES_OF_A_BLOCK)
    return nodes + blocks * ADDRESSES_OF_A_BLOCK


def check_connections(
    database: DatabaseSettings, services: Mapping[str, ServicePlacement], manifests: Mapping[str, Manifest]
) -> list[str]:
    """The services' connection pools fit the database's connections, and those fit its memory."""
    faults = []
    memory = memory_gib(database.instance_class)
    if memory is None:
        faults.append(
            f"prakerja:database.instance_class: the memory of {database.instance_class} is not known; allowed: "
            f"db.t3.* and db.t4g.* up to 2xlarge, db.m*.* and db.r*.* from large"
        )
    elif database.max_connections > (bearable := min(5000, memory * 2**30 // BYTES_OF_A_CONNECTION)):
        faults.append(
            f"prakerja:database.max_connections: {database.max_connections} is more than the {memory} GiB of "
            f"{database.instance_class} bear; allowed: up to {bearable}"
        )
    pools = {
        name: processes_at_most(placement) * manifests[name].pool_size
        for name, placement in services.items()
        if name in manifests
    }
    budget = database.max_connections - RESERVED_CONNECTIONS
    if sum(pools.values()) > budget:
        shares = " + ".join(f"{name} {connections}" for name, connections in pools.items())
        faults.append(
            f"prakerja:database.max_connections: the services may open {sum(pools.values())} connections ({shares}, "
            f"each with what stands beside it while it is replaced); allowed: up to {budget} "
            f"({database.max_connections} less {RESERVED_CONNECTIONS} kept back)"
        )
    return faults


def check_architecture(vms: VmSettings) -> list[str]:
    """The instance type can run the image: Arm families have a `g` after their generation."""
    family = vms.instance_type.split(".")[0]
    generation = next((index for index, letter in enumerate(family) if letter.isdigit()), len(family))
    is_arm = "g" in family[generation:]
    if is_arm == (vms.architecture == "arm64"):
        return []
    runs = "arm64" if is_arm else "x86_64"
    fault = f"{vms.instance_type} runs {runs}, the image is {vms.architecture}"
    return [f"prakerja:vms.instance_type: {fault}; allowed: a type of the image's architecture"]


def with_surge(machines: int) -> int:
    """The most machines that a fleet has while it is being replaced."""
    return math.ceil(machines * REFRESH_MAX_HEALTHY_PERCENT / 100)


def at_most(containers: ContainerPlacement) -> int:
    """The most containers that a service has while they are being replaced."""
    return containers.maximum + math.ceil(containers.maximum * ROLLOUT_SURGE_PERCENT / 100)


def processes_at_most(placement: ServicePlacement) -> int:
    """The most processes of a service that there may be at once."""
    return with_surge(placement.vms) + (at_most(placement.containers) if placement.containers else 0)


def mail_senders(services: Mapping[str, ServicePlacement], manifests: Mapping[str, Manifest]) -> int:
    """The most processes that may send mail at once."""
    return sum(
        processes_at_most(one) for name, one in services.items() if name in manifests and manifests[name].needs.mail
    )


def partner_askers(
    partner: PartnerName, services: Mapping[str, ServicePlacement], manifests: Mapping[str, Manifest]
) -> int:
    """The most processes that may ask a partner at once."""
    return sum(
        processes_at_most(one)
        for name, one in services.items()
        if name in manifests and partner in manifests[name].needs.partners
    )


def memory_gib(instance_class: str) -> int | None:
    """The memory of an RDS instance class in GiB, or None where its family or size is not known here."""
    _, family, size = instance_class.split(".")
    if family in ("t3", "t4g"):
        return _BURSTABLE_GIB.get(size)
    large = _LARGE_GIB.get(family[0])
    if large is None:
        return None
    if size == "large":
        return large
    multiple = size.removesuffix("xlarge")
    if multiple == size or not (multiple == "" or multiple.isdigit()):
        return None
    return large * 2 * int(multiple or 1)


def _subnets_by_path(network: NetworkSettings) -> dict[str, IPv4Network]:
    return {
        f"prakerja:network.zones.{zone}.{tier}": subnet
        for zone in network.zone_names
        for tier, subnet in (
            ("public", network.zones[zone].public),
            ("private", network.zones[zone].private),
            ("data", network.zones[zone].data),
        )
    }
