"""Pods behind a target group, under load: none is sent a request before it is ready or after it has drained."""

from __future__ import annotations

import threading

import pytest

from tests.sandbox.dataplane.conftest import kill
from tests.sandbox.kubernetes.binder.load import load
from tests.sandbox.kubernetes.nodes.cluster import RunningCluster, condition
from tests.sandbox.kubernetes.nodes.manifests import Json, binding, container, deployment, namespace, service

pytestmark = pytest.mark.sandbox

PLACE = "portal"
GATE = "target-health.eks.amazonaws.com/portal"
DRAINING = {"lifecycle": {"preStop": {"sleep": {"seconds": 3}}}}


@pytest.fixture(scope="module")
def group(cluster: RunningCluster) -> str:
    """The target group of a Service with three pods, behind the site."""
    arn = cluster.account.target_group("portal")
    cluster.account.site({"portal": arn})
    cluster.apply(namespace(PLACE, gates=True), service(PLACE), binding(PLACE, arn))
    cluster.apply(deployment(PLACE, 3, container(cluster.image, **DRAINING)))
    cluster.await_ready(PLACE, 3)
    return arn


def addresses(pods: list[Json]) -> set[str]:
    return {pod["status"]["podIP"] for pod in pods}


def ready_since(pod: Json) -> str:
    """When the pod last became ready."""
    times: dict[str, str] = {one["type"]: one["lastTransitionTime"] for one in pod["status"]["conditions"]}
    return times["Ready"]


def test_a_pod_is_ready_once_its_target_is_healthy(cluster: RunningCluster, group: str) -> None:
    pods = cluster.await_ready(PLACE, 3)
    assert cluster.account.target_states(group) == dict.fromkeys(addresses(pods), "healthy")
    assert all([gate["conditionType"] for gate in pod["spec"]["readinessGates"]] == [GATE] for pod in pods)
    assert all(condition(pod, GATE) == "True" for pod in pods)


def test_no_request_is_lost_while_pods_are_replaced(cluster: RunningCluster, group: str) -> None:
    with load(f"{cluster.site}/portal") as answered:
        cluster.kubectl("-n", PLACE, "rollout", "restart", "deployment/portal")
        cluster.kubectl("-n", PLACE, "rollout", "status", "deployment/portal", "--timeout=120s")
        (victim, *_) = cluster.await_ready(PLACE, 3)
        cluster.kubectl("-n", PLACE, "delete", "pod", victim["metadata"]["name"])
        pods = cluster.await_ready(PLACE, 3)
    assert not answered.failures
    assert len(answered.served) >= 7
    assert sum(answered.served.values()) > 500
    cluster.until(lambda: set(cluster.account.target_states(group)) == addresses(pods), "three targets", 20)


def test_no_request_is_lost_while_the_agent_is_killed(cluster: RunningCluster, group: str) -> None:
    agent = cluster.pid("nodes")
    since = {pod["metadata"]["name"]: ready_since(pod) for pod in cluster.await_ready(PLACE, 3)}
    with load(f"{cluster.site}/portal") as answered:
        kill(agent)
        cluster.until(lambda: cluster.pid("nodes") != agent, "next agent")
        pods = cluster.await_ready(PLACE, 3)
        threading.Event().wait(2)
    assert not answered.failures
    assert {pod["metadata"]["name"]: ready_since(pod) for pod in pods} == since
    assert set(cluster.account.target_states(group)) == addresses(pods)


def test_targets_that_others_change_are_put_right(cluster: RunningCluster, group: str) -> None:
    pods = cluster.await_ready(PLACE, 3)
    elb = cluster.account.client("elbv2")
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": pods[0]["status"]["podIP"], "Port": 8080}])
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.97.1.99", "Port": 8080}])

    def right() -> bool:
        states = cluster.account.target_states(group)
        return states == dict.fromkeys(addresses(pods), "healthy")

    cluster.until(right, "targets", 40)


def test_a_group_of_instances_is_left_alone(cluster: RunningCluster, group: str) -> None:
    fleet = cluster.account.target_group("fleet", "instance")
    image = cluster.account.client("ec2").describe_images(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.9.20260101.0-kernel-6.12-x86_64"]}]
    )["Images"][0]["ImageId"]
    machines = cluster.account.client("ec2").run_instances(
        ImageId=image, MinCount=1, MaxCount=1, SubnetId=cluster.account.subnets[0]
    )
    machine = machines["Instances"][0]["InstanceId"]
    cluster.account.client("elbv2").register_targets(TargetGroupArn=fleet, Targets=[{"Id": machine}])
    wrong = binding(PLACE, fleet)
    wrong["metadata"]["name"] = "wrong"
    cluster.apply(wrong)
    cluster.until(
        lambda: any("instance" in event["message"] for event in cluster.get("events", PLACE)), "event that says so"
    )
    cluster.kubectl("-n", PLACE, "delete", "targetgroupbinding", "wrong", "--timeout=20s")
    assert list(cluster.account.target_states(fleet)) == [machine]


def test_a_deleted_binding_deregisters_its_targets_first(cluster: RunningCluster, group: str) -> None:
    cluster.kubectl("-n", PLACE, "delete", "targetgroupbinding", "portal", "--timeout=20s")
    cluster.until(lambda: not cluster.account.target_states(group), "end of the targets", 20)
