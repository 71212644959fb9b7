"""Which pods a binding makes targets, and when."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes.binder.binding import gate_condition
from sandbox.kubernetes.binder.matching import Target, changes, gate_of, wanted_targets
from sandbox.kubernetes.binder.readiness_gates import gate_patch
from sandbox.kubernetes.binder.target_groups import Health
from tests.sandbox.kubernetes.nodes.manifests import binding, container, pod, service

pytestmark = pytest.mark.unit

Json = dict[str, Any]
BINDING = binding("one", "arn")
SERVICE = service("one")
GATE = "target-health.eks.amazonaws.com/portal"
TARGET = Target("10.20.0.254", 8080)


def a_pod(*, ready: str = "True", contained: str = "True", gated: bool = False) -> Json:
    found = pod("one", "portal", container("image"))
    if gated:
        found["spec"]["readinessGates"] = [{"conditionType": GATE}]
    conditions = [{"type": "Ready", "status": ready}, {"type": "ContainersReady", "status": contained}]
    return found | {"status": {"phase": "Running", "podIP": TARGET.address, "conditions": conditions}}


def targets(found: Json, **changed: Any) -> set[Target]:
    return set(wanted_targets(BINDING, SERVICE | changed, [found]))


def test_the_conditions_name_is_the_bindings() -> None:
    assert gate_of(BINDING) == GATE


def test_a_ready_pod_is_a_target_at_the_port_that_the_service_leads_to() -> None:
    assert targets(a_pod()) == {TARGET}
    by_number = {"spec": {"selector": {"app": "portal"}, "ports": [{"port": 80, "targetPort": 9090}]}}
    assert targets(a_pod(), **by_number) == {Target(TARGET.address, 9090)}


def test_a_pod_that_only_waits_for_this_binding_is_a_target() -> None:
    assert targets(a_pod(ready="False", gated=True)) == {TARGET}
    assert not targets(a_pod(ready="False"))
    assert not targets(a_pod(contained="False", gated=True))


def test_a_pod_is_no_target_once_its_deletion_begins_or_it_has_ended() -> None:
    deleted = a_pod()
    deleted["metadata"]["deletionTimestamp"] = "now"
    assert not targets(deleted)
    over = a_pod()
    over["status"]["phase"] = "Failed"
    assert not targets(over)


def test_without_its_service_a_binding_has_no_targets() -> None:
    assert not wanted_targets(BINDING, None, [a_pod()])


def test_a_group_has_no_other_targets_than_its_bindings() -> None:
    other = Target("10.20.0.9", 8080)
    assert changes({TARGET}, {other}) == ({TARGET}, {other})
    assert changes({TARGET}, {TARGET}) == (set(), set())


def test_the_condition_follows_the_targets_health_and_is_written_once() -> None:
    found = a_pod(gated=True)
    initial = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    waiting = gate_condition(found, GATE, initial)
    assert waiting is not None
    assert (waiting["status"], waiting["reason"]) == ("False", "Elb.InitialHealthChecking")
    healthy = gate_condition(found, GATE, Health("healthy", "", ""))
    assert healthy is not None
    assert healthy["status"] == "True"
    found["status"]["conditions"].append(healthy)
    assert gate_condition(found, GATE, Health("healthy", "", "")) is None


def test_a_new_pod_is_given_the_gates_that_it_lacks() -> None:
    assert gate_patch({"spec": {}}, [GATE])[0]["value"] == [{"conditionType": GATE}]
    assert not gate_patch({"spec": {}}, [])
    assert not gate_patch(a_pod(gated=True), [GATE])
    other = {"spec": {"readinessGates": [{"conditionType": "other"}]}}
    assert gate_patch(other, [GATE])[0]["value"] == [{"conditionType": "other"}, {"conditionType": GATE}]
