"""A service's containers: made in an order that works, stopped without losing a request, and allowed very little."""

from __future__ import annotations

import dataclasses
from ipaddress import IPv4Network
from itertools import pairwise
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.component import Classification
from components.container_workload import Cluster, ContainerWorkload, ContainerWorkloadArgs, Scaling
from components.network_policy import Opening
from components.pod_template import LEAVING_SECONDS
from components.tags import tag_every_resource
from tests.components.recorder import RecordedResource, Recording, record

pytestmark = pytest.mark.unit

PUBLIC = IPv4Network("10.20.0.0/24")
BINDING = "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
# As AWS's guide has it: what hands out readiness gates and credentials must stand before the first pod.
IN_ORDER = (
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:Service",
    BINDING,
    DEPLOYMENT,
    AUTOSCALER,
)
BEFORE_PODS = (
    "kubernetes:core/v1:ServiceAccount",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:policy/v1:PodDisruptionBudget",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    "aws:iam/rolePolicy:RolePolicy",
)


def unknown() -> pulumi.Output[str]:
    """What is not known before it is made. It belongs to the program that asks for it."""

    async def answer(value: Any) -> Any:
        return value

    return pulumi.Output(set(), answer(None), answer(False))


def workload(*, known: bool = True, **changes: Any) -> Recording:
    """The recording of a workload of service `portal`, with some of its arguments changed.

    known: the cluster has been made.
    """

    def program() -> None:
        tag_every_resource(environment="test", cost_centre="prakerja")
        provider = kubernetes.Provider("cluster", kubeconfig="{}" if known else unknown())
        unknowns: dict[str, Any] = {} if known else {"image_ref": unknown(), "target_group_arn": unknown()}
        args = ContainerWorkloadArgs(
            classification=Classification(service="portal", owner="participants", data_class="public"),
            cluster=Cluster(
                name="test" if known else unknown(),
                arn="arn:aws:eks:ap-southeast-3:123456789012:cluster/test" if known else unknown(),
                provider=provider,
            ),
            image_ref="registry/test@sha256:" + "cd" * 32,
            environment={"PRAKERJA_SERVICE": "portal", "PRAKERJA_DATABASE_HOST": pulumi.Output.from_input("database")},
            port=8080,
            health_path="/healthz",
            readiness_path="/readyz",
            drain_seconds=30,
            cpu_millicores=250,
            memory_mib=256,
            scaling=Scaling(minimum=3, maximum=12, cpu_percent=60),
            permissions={"database": "{}"},
            target_group_arn="arn:aws:elasticloadbalancing:group",
            into=[Opening(networks=[PUBLIC], port=8080)],
            out=[],
            starts_after=[],
        )
        ContainerWorkload("test-portal", dataclasses.replace(args, **changes, **unknowns))

    return record(program)


@pytest.fixture(scope="module")
def portal() -> Recording:
    return workload()


@pytest.fixture(scope="module")
def worker() -> Recording:
    return workload(target_group_arn=None, into=[])


def pod_of(recording: Recording) -> dict[str, Any]:
    spec: dict[str, Any] = recording.one(DEPLOYMENT).inputs["spec"]["template"]["spec"]
    return spec


def container_of(recording: Recording) -> dict[str, Any]:
    (container,) = pod_of(recording)["containers"]
    return dict(container)


def in_kubernetes(recording: Recording) -> list[RecordedResource]:
    return [one for one in recording.custom() if one.type.startswith("kubernetes:")]


def test_each_step_is_there_before_the_next_begins(portal: Recording) -> None:
    for first, second in pairwise(IN_ORDER):
        assert portal.one(first).urn in everything_under(portal, portal.one(second)), f"{first} before {second}"


def everything_under(recording: Recording, resource: RecordedResource) -> set[str]:
    by_urn = {one.urn: one for one in recording.resources}
    under: set[str] = set()
    waiting = list(resource.dependencies)
    while waiting:
        urn = waiting.pop()
        if urn in by_urn and urn not in under:
            under.add(urn)
            waiting += by_urn[urn].dependencies
    return under


@pytest.mark.parametrize("type_", BEFORE_PODS)
def test_nothing_that_a_pod_needs_or_is_held_by_comes_after_it(portal: Recording, type_: str) -> None:
    assert portal.one(type_).urn in everything_under(portal, portal.one(DEPLOYMENT))


def test_an_association_waits_for_no_kubernetes_object_so_that_it_is_known_long_before_the_first_pod(
    portal: Recording,
) -> None:
    association = portal.one("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert not {urn for urn in everything_under(portal, association) if "kubernetes:" in urn}


def test_everything_in_kubernetes_is_made_in_the_cluster_given(portal: Recording) -> None:
    provider = portal.one("pulumi:providers:kubernetes")
    assert len(in_kubernetes(portal)) == 8
    assert {one.provider.rpartition("::")[0] for one in in_kubernetes(portal)} == {provider.urn}


def test_objects_are_known_by_the_services_name_and_say_whose_they_are(portal: Recording) -> None:
    for one in in_kubernetes(portal):
        metadata = one.inputs["metadata"]
        assert metadata["name"] == "portal", one.urn
        assert metadata.get("namespace", "portal") == "portal", one.urn
        assert (
            metadata["labels"].items()
            >= {
                "app.kubernetes.io/name": "portal",
                "app.kubernetes.io/part-of": "prakerja",
                "prakerja.go.id/owner": "participants",
                "prakerja.go.id/data-class": "public",
            }.items()
        )
        assert "tags" not in one.inputs


def test_the_namespace_asks_for_readiness_gates_and_refuses_pods_that_may_much(portal: Recording) -> None:
    labels = portal.one("kubernetes:core/v1:Namespace").inputs["metadata"]["labels"]
    assert labels["eks.amazonaws.com/pod-readiness-gate-inject"] == "enabled"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_pod_fits_the_level_that_its_namespace_enforces(portal: Recording) -> None:
    """Pod Security Standards, level restricted, and a file system that can't be written to."""
    pod, container = pod_of(portal), container_of(portal)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & pod.keys()
    assert all(volume.keys() == {"name", "emptyDir"} for volume in pod["volumes"])
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - the container's own


def test_nobody_in_the_namespace_can_ask_kubernetes_anything(portal: Recording) -> None:
    assert pod_of(portal)["automountServiceAccountToken"] is False
    assert portal.one("kubernetes:core/v1:ServiceAccount").inputs["automountServiceAccountToken"] is False


def test_the_image_is_named_by_its_digest(portal: Recording) -> None:
    assert container_of(portal)["image"] == "registry/test@sha256:" + "cd" * 32


def test_variables_are_those_given(portal: Recording) -> None:
    told = {one["name"]: one["value"] for one in container_of(portal)["env"]}
    assert told == {"PRAKERJA_SERVICE": "portal", "PRAKERJA_DATABASE_HOST": "database"}
    assert pod_of(portal)["enableServiceLinks"] is False


def test_a_leaving_pod_answers_until_the_balancer_has_heard_and_then_finishes(portal: Recording) -> None:
    assert container_of(portal)["lifecycle"] == {"preStop": {"sleep": {"seconds": LEAVING_SECONDS}}}
    assert pod_of(portal)["terminationGracePeriodSeconds"] > LEAVING_SECONDS + 30


def test_a_leaving_worker_has_nobody_to_wait_for(worker: Recording) -> None:
    assert "lifecycle" not in container_of(worker)
    assert pod_of(worker)["terminationGracePeriodSeconds"] > 30


def test_a_container_waits_for_all_it_needs_once_and_is_judged_by_itself_alone_ever_after(
    portal: Recording,
) -> None:
    container = container_of(portal)
    asked = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert asked == {
        "startupProbe": {"path": "/readyz", "port": "http"},
        "livenessProbe": {"path": "/healthz", "port": "http"},
        "readinessProbe": {"path": "/healthz", "port": "http"},
    }
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]


def test_memory_is_bounded_and_processor_time_promised(portal: Recording) -> None:
    assert container_of(portal)["resources"] == {
        "requests": {"cpu": "250m", "memory": "256Mi"},
        "limits": {"memory": "256Mi"},
    }


def test_pods_are_spread_over_zones_but_never_held_back_by_one(portal: Recording) -> None:
    (spread,) = pod_of(portal)["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["maxSkew"]) == ("topology.kubernetes.io/zone", 1)
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway"


def test_how_many_pods_there_are_is_the_autoscalers_alone(portal: Recording) -> None:
    assert "replicas" not in portal.one(DEPLOYMENT).inputs["spec"]
    spec = portal.one(AUTOSCALER).inputs["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, 12)
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "portal"}
    (metric,) = spec["metrics"]
    assert metric["resource"] == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 300


def test_a_release_takes_nothing_away_before_it_has_brought_something(portal: Recording) -> None:
    strategy = portal.one(DEPLOYMENT).inputs["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}


def test_a_node_can_be_emptied_even_of_a_lone_pod(portal: Recording) -> None:
    spec = portal.one("kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"]
    assert spec["maxUnavailable"] == "25%"
    assert "minAvailable" not in spec


def test_pods_register_by_address_and_the_controller_changes_no_security_group(portal: Recording) -> None:
    spec = portal.one(BINDING).inputs["spec"]
    assert spec == {
        "serviceRef": {"name": "portal", "port": 8080},
        "targetGroupARN": "arn:aws:elasticloadbalancing:group",
        "targetType": "ip",
    }
    service = portal.one("kubernetes:core/v1:Service").inputs
    assert service["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert service["spec"]["ports"] == [{"name": "http", "port": 8080, "targetPort": "http"}]


def test_selectors_find_the_services_pods_and_those_alone(portal: Recording) -> None:
    selector = {"app.kubernetes.io/name": "portal"}
    deployment = portal.one(DEPLOYMENT).inputs["spec"]
    assert deployment["selector"] == {"matchLabels": selector}
    assert deployment["template"]["metadata"]["labels"].items() >= selector.items()
    assert portal.one("kubernetes:core/v1:Service").inputs["spec"]["selector"] == selector


def test_nobody_asks_a_worker_anything(worker: Recording) -> None:
    kinds = {one.type for one in in_kubernetes(worker)}
    assert not {BINDING, "kubernetes:core/v1:Service"} & kinds
    policy = worker.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["ingress"] == policy["egress"] == []


def test_an_opening_for_nobody_is_refused_as_it_would_be_for_everybody() -> None:
    with pytest.raises(ValueError, match="networks: none given, which would be everybody"):
        Opening(networks=[], port=80)


def test_fewer_pods_at_most_than_at_least_are_refused_before_any_resource() -> None:
    with pytest.raises(ValueError, match=r"minimum: 3 given; allowed: 1 to the maximum \(2\)"):
        Scaling(minimum=3, maximum=2, cpu_percent=60)


def test_the_first_preview_plans_everything_in_a_cluster_that_is_yet_to_be_made(portal: Recording) -> None:
    """Neither its kubeconfig nor its name, ARN, image or target group is known then."""
    assert workload(known=False).urns() == portal.urns()
