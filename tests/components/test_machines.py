"""Fleets and the maintenance host: how they are launched, replaced, and what they are told."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pulumi
import pytest
import yaml

from components.component import Classification
from components.schema_migration import SchemaMigration, SchemaMigrationArgs
from components.virtual_machine import MachineShape, find_image
from components.vm_fleet import VmFleet, VmFleetArgs
from tests.components.recorder import Recording, record
from tests.stacks.environments import ARTEFACT

pytestmark = pytest.mark.unit

WORKER = VmFleetArgs(
    classification=Classification(service="mailer", owner="participants", data_class="personal"),
    shape=MachineShape(image_id="ami-1", instance_type="t3.micro", root_volume_gib=8, key_arn="arn:aws:kms:key"),
    size=2,
    vpc_id="vpc-1",
    subnet_ids=["subnet-1"],
    user_data="#cloud-config\n{}\n",
    permissions={},
    load_balanced_by=None,
    reaches={},
    asks={},
)


def files(user_data: str) -> dict[str, str]:
    return {entry["path"]: entry["content"] for entry in yaml.safe_load(user_data)["write_files"]}


def user_data_of(recording: Recording, service: str) -> dict[str, Any]:
    template = recording.one("aws:ec2/launchTemplate:LaunchTemplate", f"prod-{service}")
    return files(base64.b64decode(template.inputs["userData"]).decode())


def variables(environment_file: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in environment_file.splitlines())


def test_a_fleet_is_spread_over_the_private_subnets_of_all_zones(prod: Recording) -> None:
    for group in prod.of_type("aws:autoscaling/group:Group"):
        assert group.inputs["vpcZoneIdentifiers"] == [
            f"prod-private-ap-southeast-3{zone}-id" for zone in ("a", "b", "c")
        ]


def test_a_new_release_rolls_through_without_going_below_what_serves(prod: Recording) -> None:
    for group in prod.of_type("aws:autoscaling/group:Group"):
        assert group.inputs["launchTemplate"]["version"] == "7", "a number, never $Latest"
        preferences = group.inputs["instanceRefresh"]["preferences"]
        assert preferences == {
            "minHealthyPercentage": 100,
            "maxHealthyPercentage": 110,
            "instanceWarmup": "0",
            "autoRollback": True,
        }


def test_machines_that_stop_answering_are_replaced_and_slow_starts_are_not(prod: Recording) -> None:
    for group in prod.of_type("aws:autoscaling/group:Group"):
        assert group.inputs["healthCheckType"] == "ELB"
        assert group.inputs["healthCheckGracePeriod"] == 300
        assert group.inputs["targetGroupArns"] == [
            prod.exports["services"][group.name.removeprefix("prod-")]["vms"]["target_group_arn"]
        ]


def test_a_machine_that_gives_up_is_gone_not_stopped(prod: Recording) -> None:
    for template in prod.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        assert template.inputs["instanceInitiatedShutdownBehavior"] == "terminate"


def test_a_worker_is_not_behind_the_load_balancer() -> None:
    recording = record(lambda: VmFleet("mailer", WORKER))
    group = recording.one("aws:autoscaling/group:Group").inputs
    assert group["healthCheckType"] == "EC2"
    assert "waitForElbCapacity" not in group
    assert "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule" not in {one.type for one in recording.resources}


def test_an_empty_fleet_is_refused_before_any_resource() -> None:
    with pytest.raises(ValueError, match="size: 0 given; allowed: at least 1"):
        dataclasses.replace(WORKER, size=0)


def test_a_service_is_told_its_variables_and_its_artefact(prod: Recording) -> None:
    told = user_data_of(prod, "registration")
    environment = variables(told["/etc/prakerja/service.env"])
    secret = environment.pop("PRAKERJA_IDENTITY_KEY_SECRET")
    assert secret == "arn:aws:secretsmanager:ap-southeast-3:123456789012:prod-identity-key"
    assert environment == {
        "PRAKERJA_SERVICE": "registration",
        "PRAKERJA_ENVIRONMENT": "prod",
        "AWS_REGION": "ap-southeast-3",
        "PRAKERJA_PARTNERS": "identity",
        "PRAKERJA_LISTEN_PORT": "8080",
        "PRAKERJA_DRAIN_SECONDS": "30",
        "PRAKERJA_DATABASE_HOST": "prod-database.rds.internal",
        "PRAKERJA_DATABASE_PORT": "5432",
        "PRAKERJA_DATABASE_NAME": "prakerja",
        "PRAKERJA_DATABASE_USER": "registration",
        "PRAKERJA_DATABASE_POOL_SIZE": "2",
        "PRAKERJA_DATABASE_CA_BUNDLE": "/etc/prakerja/rds-ca.pem",
    }
    assert json.loads(told["/etc/prakerja/artefact.json"]) == {
        "bucket": "prod-artefacts-bucket",
        "key": f"artefacts/{ARTEFACT.sha256}.tar",
        "sha256": ARTEFACT.sha256,
        "python": "3.11",
    }


def test_a_service_is_not_told_of_secrets_that_it_does_not_need(prod: Recording) -> None:
    assert "PRAKERJA_IDENTITY_KEY_SECRET" not in user_data_of(prod, "portal")["/etc/prakerja/service.env"]


def test_the_maintenance_host_outlives_releases(prod: Recording) -> None:
    host = prod.one("aws:ec2/instance:Instance").inputs
    assert ARTEFACT.sha256 not in host["userData"]
    told = files(host["userData"])
    assert "/usr/local/sbin/prakerja-migrate" in told
    assert "/etc/systemd/system/prakerja.service" not in told
    environment = variables(told["/etc/prakerja/service.env"])
    assert environment["PRAKERJA_SERVICE"] == "maintenance"
    assert environment["PRAKERJA_DATABASE_MASTER_SECRET"].endswith(":secret:rds!db-1-AbCdEf")


def test_each_release_is_migrated_by_an_association_of_its_own(prod: Recording) -> None:
    association = prod.one("aws:ssm/association:Association")
    assert association.inputs["name"] == "AWS-RunShellScript"
    assert association.inputs["targets"] == [{"key": "InstanceIds", "values": ["prod-maintenance-id"]}]
    assert association.inputs["waitForSuccessTimeoutSeconds"] == 1800
    assert association.replace_on_changes == ("parameters",)
    assert association.delete_before_replace


def test_a_migration_of_no_release_is_refused() -> None:
    with pytest.raises(ValueError, match="artefact_sha256: 'latest' given; allowed: 64 hex digits"):
        record(lambda: SchemaMigration("schema", SchemaMigrationArgs(instance_id="i-1", artefact_sha256="latest")))


def test_the_image_is_amazons_own_of_exactly_the_pinned_name() -> None:
    exported = record(lambda: pulumi.export("image", find_image("al2023-ami-2023.9")))
    assert exported.exports["image"] == "ami-0123456789abcdef0"
