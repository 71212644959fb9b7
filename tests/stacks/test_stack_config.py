"""Settings that can't work are refused before the first resource, with one line a fault."""

from __future__ import annotations

import copy
from typing import Any

import pulumi
import pytest

from stacks.manifest import Manifest
from stacks.stack_config import SettingsError, read_stack_config
from tests.stacks.environments import as_pulumi_hands_over, run_program, stack_file

pytestmark = pytest.mark.unit

ZONE = "ap-southeast-3a"


def faults_of(config: dict[str, Any], manifests: dict[str, Manifest]) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        read_stack_config(as_pulumi_hands_over(config), manifests)
    return [line.strip() for line in str(refusal.value).splitlines()[1:]]


def set_at(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_tracked_stack_files_are_accepted(stack: str, manifests: dict[str, Manifest]) -> None:
    config = read_stack_config(as_pulumi_hands_over(stack_file(stack)["config"]), manifests)
    assert config.region == "ap-southeast-3"
    assert config.settings.environment.name == stack
    assert sum(placement.vms for placement in config.settings.services.values()) == {"dev": 6, "prod": 100}[stack]


REFUSED: list[tuple[str, tuple[str, ...], Any, str]] = [
    (
        "misspelt key",
        ("prakerja:database", "mutli_az"),
        True,
        "prakerja:database.mutli_az: 'mutli_az' is not known; did you mean 'multi_az'? allowed: ",
    ),
    (
        "misspelt section",
        ("prakerja:databse",),
        {},
        "prakerja:databse: 'databse' is not known; did you mean 'database'? allowed: database, ",
    ),
    (
        "misspelt namespace",
        ("prakreja:network",),
        {},
        (
            "prakreja:network: namespace 'prakreja' is not known; did you mean 'prakerja'? "
            "allowed: aws, prakerja, pulumi"
        ),
    ),
    (
        "misspelt provider key",
        ("aws:regoin",),
        "ap-southeast-3",
        "aws:regoin: 'regoin' is not known; did you mean 'region'?",
    ),
    (
        "region outside Indonesia",
        ("aws:region",),
        "ap-southeast-1",
        "aws:region: 'ap-southeast-1' is outside Indonesia; allowed: ap-southeast-3",
    ),
    (
        "text for a number",
        ("prakerja:services", "portal", "vms"),
        "40",
        "prakerja:services.portal.vms: Input should be a valid integer (given: '40')",
    ),
    (
        "text for a switch",
        ("prakerja:environment", "deletion_protection"),
        "yes",
        "prakerja:environment.deletion_protection: Input should be a valid boolean (given: 'yes')",
    ),
    (
        "number out of range",
        ("prakerja:database", "backup_retention_days"),
        36,
        "prakerja:database.backup_retention_days: Input should be less than or equal to 35 (given: 36)",
    ),
    (
        "no machines, and all the traffic on them",
        ("prakerja:services", "portal", "vms"),
        0,
        (
            "prakerja:services.portal.initial_container_share: 100 per cent would go to virtual machines, of which "
            "there are none; allowed: 100"
        ),
    ),
    (
        "a service that runs nowhere",
        ("prakerja:services", "relay"),
        {"vms": 0},
        "prakerja:services.relay: neither virtual machines nor containers; allowed: vms from 1, containers, or both",
    ),
    (
        "a share of a worker's traffic",
        ("prakerja:services", "relay", "initial_container_share"),
        5,
        "prakerja:services.relay.initial_container_share: 5, but nobody asks a worker anything; allowed: 0",
    ),
    (
        "containers that can't scale",
        ("prakerja:services", "relay", "containers", "maximum"),
        1,
        "prakerja:services.relay.containers: maximum is 1; allowed: at least minimum (2)",
    ),
    (
        "nodes too few for the containers",
        ("prakerja:kubernetes", "maximum_cpus"),
        10,
        (
            "prakerja:kubernetes.maximum_cpus: 10, and the services' containers ask for up to 12 while they are "
            "replaced; allowed: from 12, or fewer prakerja:services.*.containers"
        ),
    ),
    (
        "too few service addresses",
        ("prakerja:kubernetes", "service_cidr"),
        "172.20.0.0/25",
        "prakerja:kubernetes.service_cidr: 172.20.0.0/25 has the wrong size; allowed: /12 to /24",
    ),
    (
        "service addresses that overlap the VPC",
        ("prakerja:kubernetes", "service_cidr"),
        "10.16.0.0/12",
        "prakerja:kubernetes.service_cidr: 10.16.0.0/12 overlaps prakerja:network.cidr (10.20.0.0/16); allowed: a ",
    ),
    (
        "public service addresses",
        ("prakerja:kubernetes", "service_cidr"),
        "198.51.0.0/16",
        "prakerja:kubernetes.service_cidr: 198.51.0.0/16 is not private; allowed: a part of 10.0.0.0/8, ",
    ),
    (
        "mail in another's name",
        ("prakerja:mail", "sender"),
        "no-reply@prakerja.id",
        "prakerja:mail.sender: 'no-reply@prakerja.id' is not of prakerja:site.domain; allowed: …@prakerja.go.id",
    ),
    (
        "a sender that is not set up",
        ("prakerja:mail",),
        {"sender": "no-reply@prakerja.go.id", "sent_by": "sendgrid", "per_second": 70},
        "prakerja:mail: sendgrid is missing; allowed: left out only where sent_by is not sendgrid",
    ),
    (
        "a host that is not SendGrid's",
        ("prakerja:mail", "sendgrid", "host"),
        "mail.example.com",
        "prakerja:mail.sendgrid.host: ",
    ),
    (
        "more senders than mails",
        ("prakerja:mail", "per_second"),
        7,
        "prakerja:mail.per_second: 7, and up to 8 processes send; allowed: from 8, or fewer of the services ",
    ),
    (
        "bare value for a section",
        ("prakerja:site",),
        "prakerja.go.id",
        "prakerja:site: not a mapping (given: 'prakerja.go.id'); needed: The public face.",
    ),
    (
        "misspelt choice",
        ("prakerja:network", "nat"),
        "per_zome",
        "prakerja:network.nat: Input should be 'single' or 'per_zone' (given: 'per_zome'); did you mean 'per_zone'?",
    ),
    (
        "bad CIDR",
        ("prakerja:network", "zones", ZONE, "data"),
        "10.20.96.0/33",
        f"prakerja:network.zones.{ZONE}.data: '33' is not a valid netmask; allowed: Databases: ",
    ),
    (
        "CIDR with host bits",
        ("prakerja:network", "zones", ZONE, "data"),
        "10.20.96.7/24",
        f"prakerja:network.zones.{ZONE}.data: 10.20.96.7/24 has host bits set; allowed: Databases: ",
    ),
    (
        "subnet too small for a load balancer",
        ("prakerja:network", "zones", ZONE, "public"),
        "10.20.0.0/28",
        f"prakerja:network.zones.{ZONE}.public: 10.20.0.0/28 has the wrong size; allowed: /16 to /27",
    ),
    (
        "subnet outside the VPC",
        ("prakerja:network", "zones", ZONE, "data"),
        "10.30.0.0/24",
        f"prakerja:network.zones.{ZONE}.data: 10.30.0.0/24 is not within prakerja:network.cidr; allowed: a part of ",
    ),
    (
        "overlapping subnets",
        ("prakerja:network", "zones", ZONE, "data"),
        "10.20.97.0/25",
        (
            "prakerja:network.zones.ap-southeast-3b.data: 10.20.97.0/24 overlaps "
            f"prakerja:network.zones.{ZONE}.data (10.20.97.0/25); allowed: addresses no other subnet has"
        ),
    ),
    (
        "a fleet larger than its subnets",
        ("prakerja:network", "zones", ZONE, "private"),
        "10.20.32.0/27",
        (
            f"prakerja:network.zones.{ZONE}.private: 10.20.32.0/27 has 27 addresses, and in each of 3 zones the fleets "
            "may need 38 and nodes with their containers 304 while they are replaced; allowed: a larger subnet, "
        ),
    ),
    (
        "a connection budget too large",
        ("prakerja:database", "max_connections"),
        190,
        (
            "prakerja:database.max_connections: the services may open 293 connections (portal 59 + registration 182 + "
            "relay 10 + notification 32 + identity 10, each with what stands beside it while it is replaced); allowed: "
            "up to 170 (190 less 20 kept back)"
        ),
    ),
    (
        "connections beyond the class's memory",
        ("prakerja:database", "max_connections"),
        4000,
        "prakerja:database.max_connections: 4000 is more than the 32 GiB of db.m6g.2xlarge bear; allowed: up to 3604",
    ),
    (
        "unknown memory",
        ("prakerja:database", "instance_class"),
        "db.x2g.large",
        "prakerja:database.instance_class: the memory of db.x2g.large is not known; allowed: ",
    ),
    (
        "storage that can't grow",
        ("prakerja:database", "max_allocated_storage_gib"),
        500,
        ("prakerja:database: max_allocated_storage_gib is 500; allowed: at least 1.1 times allocated_storage_gib"),
    ),
    (
        "a share where there is no capacity",
        ("prakerja:services", "portal"),
        {"vms": 40, "initial_container_share": 5},
        (
            "prakerja:services.portal.initial_container_share: 5 per cent would go to containers, of which there are "
            "none; allowed: 0"
        ),
    ),
    (
        "unknown service",
        ("prakerja:services", "registraton"),
        {"vms": 1},
        (
            "prakerja:services.registraton: 'registraton' is not known; did you mean 'registration'? "
            "allowed: identity, notification, portal, registration, relay"
        ),
    ),
    (
        "zone of another region",
        ("prakerja:network", "zones", "ap-southeast-1a"),
        {"public": "10.20.3.0/24", "private": "10.20.44.0/22", "data": "10.20.99.0/24"},
        "prakerja:network.zones.ap-southeast-1a: not a zone of aws:region; allowed: ap-southeast-3a, ",
    ),
    (
        "zone without a tier",
        ("prakerja:network", "zones", ZONE),
        {"public": "10.20.0.0/24", "private": "10.20.32.0/22"},
        f"prakerja:network.zones.{ZONE}.data: missing; needed: Databases: ",
    ),
    (
        "processor that can't run the image",
        ("prakerja:vms", "instance_type"),
        "t4g.medium",
        "prakerja:vms.instance_type: t4g.medium runs arm64, the image is x86_64; allowed: a type of the image's ",
    ),
    (
        "image by id",
        ("prakerja:vms", "image"),
        "ami-0123456789abcdef0",
        "prakerja:vms.image: not of the right form (given: 'ami-0123456789abcdef0'); allowed: Exact name of ",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "expected"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_cannot_work_is_refused_in_one_line_that_says_where_and_what_is_allowed(
    path: tuple[str, ...], value: Any, expected: str, config: dict[str, Any], manifests: dict[str, Manifest]
) -> None:
    set_at(config, path, value)
    (fault,) = faults_of(config, manifests)
    assert fault.startswith(expected)


@pytest.mark.parametrize("section", ["environment", "network", "site", "vms", "database", "cache", "mail", "services"])
def test_every_section_is_required(section: str, config: dict[str, Any], manifests: dict[str, Manifest]) -> None:
    del config[f"prakerja:{section}"]
    assert faults_of(config, manifests)[0].startswith(f"prakerja:{section}: missing; needed: ")


def test_there_is_a_cluster_exactly_where_something_runs_in_containers(
    config: dict[str, Any], manifests: dict[str, Manifest]
) -> None:
    kubernetes = config.pop("prakerja:kubernetes")
    (fault,) = faults_of(config, manifests)
    assert fault.startswith("prakerja:kubernetes: missing; needed: a cluster for prakerja:services.portal.containers, ")
    config["prakerja:services"] = {name: {"vms": 2} for name in manifests}
    assert read_stack_config(as_pulumi_hands_over(config), manifests).settings.kubernetes is None
    config["prakerja:kubernetes"] = kubernetes
    assert faults_of(config, manifests) == ["prakerja:kubernetes: no service has containers; allowed: to leave it out"]


def test_a_declared_service_must_be_placed(config: dict[str, Any], manifests: dict[str, Manifest]) -> None:
    del config["prakerja:services"]["portal"]
    (fault,) = faults_of(config, manifests)
    assert fault.startswith("prakerja:services.portal: missing; app/portal/service.yaml needs a placement")


def test_all_faults_are_told_at_once(config: dict[str, Any], manifests: dict[str, Manifest]) -> None:
    config["prakreja:site"] = {}
    config["prakerja:network"]["cidr"] = "10.20.0.0"
    config["prakerja:vms"]["root_volume_gib"] = "20"
    config["prakerja:database"]["max_connections"] = 100
    config["prakerja:services"]["portl"] = {"vms": 2}
    starts = [fault.split(": ")[0] for fault in faults_of(config, manifests)]
    assert starts == [
        "prakreja:site",
        "prakerja:network.cidr",
        "prakerja:vms.root_volume_gib",
        "prakerja:services.portl",
        "prakerja:database.max_connections",
    ]


def test_pulumis_own_keys_and_the_providers_are_let_through(
    config: dict[str, Any], manifests: dict[str, Manifest]
) -> None:
    extra = {"aws:allowedAccountIds": ["123456789012"], "pulumi:tags": {"team": "platform"}}
    read_stack_config(as_pulumi_hands_over({**config, **extra}), manifests)


def test_a_user_of_pulumi_sees_the_faults_without_a_traceback_and_no_resource_is_asked_for() -> None:
    config = copy.deepcopy(stack_file("prod")["config"])
    config["prakerja:network"]["cdir"] = "10.20.0.0/16"
    # Pulumi's language hosts print a RunError's message alone.
    with pytest.raises(pulumi.RunError, match="did you mean 'cidr'"):
        run_program("prod", config)
