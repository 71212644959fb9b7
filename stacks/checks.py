"""What sections of the settings and service manifests say about each other, and what can't work.

Each check takes what it compares and returns one line a fault, so that all faults show at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from ipaddress import IPv4Network
from itertools import combinations

from components.vm_fleet import REFRESH_MAX_HEALTHY_PERCENT
from stacks.faults import unknown_name
from stacks.manifest import Manifest
from stacks.settings import DatabaseSettings, NetworkSettings, ServicePlacement, VmSettings

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


def check_services(services: Mapping[str, ServicePlacement], manifests: Mapping[str, Manifest]) -> list[str]:
    """Exactly the services that have a manifest are placed, and traffic only goes where something can answer."""
    unknown = [
        f"prakerja:services.{name}: {unknown_name(name, manifests)}" for name in services if name not in manifests
    ]
    missing = [
        f"prakerja:services.{name}: missing; app/{name}/service.yaml needs a placement, such as {{vms: 2}}"
        for name in manifests
        if name not in services
    ]
    idle = [
        f"prakerja:services.{name}.initial_container_share: {placement.initial_container_share} per cent would go to "
        "containers, of which there are none; allowed: 0"
        for name, placement in services.items()
        if placement.initial_container_share
    ]
    return unknown + missing + idle


def check_fleet_fits(network: NetworkSettings, services: Mapping[str, ServicePlacement]) -> list[str]:
    """Each private subnet has an address for every machine that may stand in it while fleets are replaced."""
    zones = len(network.zones)
    needed = MAINTENANCE_HOSTS + sum(math.ceil(with_surge(placement.vms) / zones) for placement in services.values())
    faults = []
    for zone in network.zone_names:
        subnet = network.zones[zone].private
        free = subnet.num_addresses - ADDRESSES_KEPT_BY_AWS
        if needed > free:
            faults.append(
                f"prakerja:network.zones.{zone}.private: {subnet} has {free} addresses for machines, and the fleets "
                f"may need {needed} in each of {zones} zones while they are replaced; "
                "allowed: a larger subnet, more zones, or fewer of prakerja:services.*.vms"
            )
    return faults


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
        name: with_surge(placement.vms) * manifests[name].pool_size
        for name, placement in services.items()
        if name in manifests
    }
    budget = database.max_connections - RESERVED_CONNECTIONS
    if sum(pools.values()) > budget:
        shares = " + ".join(f"{name} {connections}" for name, connections in pools.items())
        faults.append(
            f"prakerja:database.max_connections: the services may open {sum(pools.values())} connections ({shares}, "
            f"each with a refresh's surge); allowed: up to {budget} ({database.max_connections} less "
            f"{RESERVED_CONNECTIONS} kept back)"
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
