"""Every service in containers: what comes before its pods, what they are told, and in which order all of it goes."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from tests.components.recorder import RecordedResource, Recording
from tests.stacks.environments import run_program, stack_file
from tests.stacks.test_program import everything_before

pytestmark = pytest.mark.unit

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICES = ("identity", "notification", "portal", "registration", "relay")
# Files that a machine and an image keep in different places.
OF_THE_RUNTIME = {"PRAKERJA_DATABASE_CA_BUNDLE", "PRAKERJA_CACHE_CA_BUNDLE"}


def in_kubernetes(recording: Recording) -> list[RecordedResource]:
    return [one for one in recording.custom() if one.type.startswith("kubernetes:")]


def told(recording: Recording, deployment: str) -> dict[str, str]:
    (container,) = recording.one(DEPLOYMENT, deployment).inputs["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one["value"] for one in container["env"]}


def told_a_machine(recording: Recording, service: str) -> dict[str, str]:
    template = recording.one("aws:ec2/launchTemplate:LaunchTemplate", f"prod-{service}")
    files = yaml.safe_load(base64.b64decode(template.inputs["userData"]))["write_files"]
    (content,) = [one["content"] for one in files if one["path"] == "/etc/prakerja/service.env"]
    return dict(line.split("=", 1) for line in content.splitlines())


def test_every_service_runs_in_containers_within_its_environments_bounds(dev: Recording, prod: Recording) -> None:
    for name, recording in (("dev", dev), ("prod", prod)):
        placed = stack_file(name)["config"]["prakerja:services"]
        bounds = {
            one.name: {"minimum": one.inputs["spec"]["minReplicas"], "maximum": one.inputs["spec"]["maxReplicas"]}
            for one in recording.of_type("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")
        }
        assert bounds == {f"{name}-{service}": placement["containers"] for service, placement in placed.items()}
        assert bounds.keys() == {f"{name}-{service}" for service in SERVICES}


def test_workers_have_no_machines_and_no_way_in_from_the_site(prod: Recording) -> None:
    for kind in (
        "aws:autoscaling/group:Group",
        "aws:lb/listenerRule:ListenerRule",
        "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding",
    ):
        assert {one.name for one in prod.of_type(kind)} == {"prod-portal", "prod-registration"}, kind


@pytest.mark.parametrize("service", ["portal", "registration"])
def test_a_process_is_told_the_same_in_a_container_as_on_a_machine(prod: Recording, service: str) -> None:
    container, machine = told(prod, f"prod-{service}"), told_a_machine(prod, service)
    assert container.keys() == machine.keys()
    assert {name for name in container if container[name] != machine[name]} <= OF_THE_RUNTIME


def test_secrets_are_named_and_never_told(prod: Recording) -> None:
    assert told(prod, "prod-registration")["PRAKERJA_IDENTITY_KEY_SECRET"].startswith("arn:aws:secretsmanager:")
    assert not {one.type for one in in_kubernetes(prod)} & {"kubernetes:core/v1:Secret"}
    for service in SERVICES:
        (container,) = prod.one(DEPLOYMENT, f"prod-{service}").inputs["spec"]["template"]["spec"]["containers"]
        assert "envFrom" not in container
        assert all(one.keys() == {"name", "value"} for one in container["env"])


def test_all_run_one_image_by_its_digest(prod: Recording) -> None:
    images = {
        container["image"]
        for one in prod.of_type(DEPLOYMENT)
        for container in one.inputs["spec"]["template"]["spec"]["containers"]
    }
    assert len(images) == 1
    assert all("@sha256:" in image for image in images)


@pytest.mark.parametrize("service", SERVICES)
def test_no_pod_starts_before_schema_nodes_and_ways_are_there(prod: Recording, service: str) -> None:
    before = everything_before(prod, prod.one(DEPLOYMENT, f"prod-{service}"))
    assert prod.one("aws:ssm/association:Association").urn in before
    assert prod.one("kubernetes:karpenter.sh/v1:NodePool").urn in before
    assert prod.one("kubernetes:core/v1:ConfigMap", "prod-cluster-network-policies").urn in before
    assert {one.urn for one in prod.of_type("aws:ec2/route:Route")} <= before
    ways = [
        one.urn
        for one in prod.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if one.name.startswith("prod-pods-")
    ]
    assert len(ways) == 3
    assert set(ways) <= before


@pytest.mark.parametrize("service", ["portal", "registration"])
def test_no_pod_that_answers_the_site_starts_before_the_rule_that_has_its_health_checked(
    prod: Recording, service: str
) -> None:
    deployment = prod.one(DEPLOYMENT, f"prod-{service}")
    assert prod.one("aws:lb/listenerRule:ListenerRule", f"prod-{service}").urn in everything_before(prod, deployment)


def test_what_is_in_the_cluster_goes_before_the_cluster(dev: Recording) -> None:
    """A binding that outlived its cluster would hold its target group, and a rule the cluster's security group."""
    cluster = dev.one("aws:eks/cluster:Cluster")
    provider = dev.one("pulumi:providers:kubernetes")
    assert cluster.urn in everything_before(dev, provider)
    assert len(in_kubernetes(dev)) > 30
    assert {one.provider.rpartition("::")[0] for one in in_kubernetes(dev)} == {provider.urn}
    for binding in dev.of_type("kubernetes:eks.amazonaws.com/v1:TargetGroupBinding"):
        assert dev.one("aws:lb/targetGroup:TargetGroup", f"{binding.name}-ip").urn in binding.dependencies
    for side in ("Ingress", "Egress"):
        rules = dev.of_type(f"aws:vpc/securityGroup{side}Rule:SecurityGroup{side}Rule")
        ours = [one for one in rules if one.name.startswith("dev-pods-")]
        assert ours
        assert all(cluster.urn in one.dependencies for one in ours)


def moved(environment: str, placement: dict[str, Any]) -> Recording:
    """An environment with its portal somewhere else."""
    config = stack_file(environment)["config"]
    config["prakerja:services"]["portal"] = placement
    return run_program(environment, config)


def test_a_service_can_leave_its_machines_for_good() -> None:
    made = moved("dev", {"vms": 0, "containers": {"minimum": 1, "maximum": 2}, "initial_container_share": 100})
    assert {one.name for one in made.of_type("aws:autoscaling/group:Group")} == {"dev-registration"}
    (action,) = made.one("aws:lb/listenerRule:ListenerRule", "dev-portal").inputs["actions"]
    (group,) = action["forward"]["targetGroups"]
    assert (group["arn"].rpartition(":")[2], group["weight"]) == ("dev-portal-ip", 100)
    assert made.exports["services"]["portal"]["vms"] is None


def test_a_service_can_stay_on_its_machines_alone() -> None:
    made = moved("dev", {"vms": 2})
    others = {f"dev-{service}" for service in SERVICES if service != "portal"}
    assert {one.name for one in made.of_type(DEPLOYMENT)} == others
    (action,) = made.one("aws:lb/listenerRule:ListenerRule", "dev-portal").inputs["actions"]
    (group,) = action["forward"]["targetGroups"]
    assert (group["arn"].rpartition(":")[2], group["weight"]) == ("dev-portal-vm", 100)
    assert made.exports["services"]["portal"]["containers"] is None


def test_an_environment_without_containers_has_no_cluster_and_no_image() -> None:
    config = stack_file("dev")["config"]
    config["prakerja:services"] = {service: {"vms": 1} for service in SERVICES}
    del config["prakerja:kubernetes"]
    made = run_program("dev", config)
    assert not [one.urn for one in made.custom() if one.type.startswith(("kubernetes:", "aws:eks/", "docker-build:"))]
    assert len(made.of_type("aws:autoscaling/group:Group")) == len(SERVICES)
