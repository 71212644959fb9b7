"""A pod's status says what its containers do, and keeps what others say of it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes.nodes.status import ContainerState, differs, pod_status
from tests.sandbox.kubernetes.nodes.manifests import container, pod

pytestmark = pytest.mark.unit

Json = dict[str, Any]
GATE = "target-health.eks.amazonaws.com/portal"


def a_pod(**spec: Any) -> Json:
    found = pod("one", "portal", container("image"), **spec)
    found["metadata"] |= {"uid": "u", "generation": 1}
    return found | {"status": {}}


def status(found: Json, state: ContainerState, now: str = "now") -> Json:
    return pod_status(found, [state], address="10.20.0.254", node_address="127.0.1.1", now=now)


def conditions(found: Json) -> dict[str, str]:
    return {one["type"]: one["status"] for one in found["conditions"]}


def running(**changes: Any) -> ContainerState:
    found = ContainerState(name="portal", image="image", state={"running": {"startedAt": "then"}}, started=True)
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def ended(code: int) -> ContainerState:
    return ContainerState(name="portal", image="image", state={"terminated": {"exitCode": code}})


def test_a_pod_is_pending_until_its_containers_run_and_ready_once_they_are() -> None:
    created = status(a_pod(), ContainerState(name="portal", image="image"))
    assert created["phase"] == "Pending"
    assert conditions(created)["Ready"] == "False"
    assert conditions(status(a_pod(), running()))["ContainersReady"] == "False"
    ready = status(a_pod(), running(ready=True))
    assert ready["phase"] == "Running"
    assert conditions(ready) == dict.fromkeys(
        ["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready"], "True"
    )


def test_a_readiness_gate_holds_back_a_pod_until_its_condition_is_true() -> None:
    gated = a_pod(readinessGates=[{"conditionType": GATE}])
    held = status(gated, running(ready=True))
    assert (conditions(held)["ContainersReady"], conditions(held)["Ready"]) == ("True", "False")
    gated["status"] = {"conditions": [{"type": GATE, "status": "True"}]}
    assert conditions(status(gated, running(ready=True)))["Ready"] == "True"


def test_conditions_that_have_not_turned_keep_their_time() -> None:
    found = a_pod()
    found["status"] = status(found, running(), "before")
    times = {one["type"]: one["lastTransitionTime"] for one in status(found, running(ready=True))["conditions"]}
    assert times["Initialized"] == "before"
    assert times["Ready"] == "now"


def test_a_status_that_says_nothing_new_does_not_differ() -> None:
    found = a_pod()
    found["status"] = status(found, running())
    found["status"]["conditions"].append({"type": GATE, "status": "True"})
    found["status"]["qosClass"] = "Burstable"
    assert not differs(found["status"], status(found, running(), "later"))
    assert differs(found["status"], status(found, running(ready=True)))


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [
        ("Always", 0, "Running"),
        ("Always", 1, "Running"),
        ("OnFailure", 0, "Succeeded"),
        ("OnFailure", 1, "Running"),
        ("Never", 0, "Succeeded"),
        ("Never", 1, "Failed"),
    ],
)
def test_a_pod_is_over_when_none_of_its_containers_is_started_again(policy: str, code: int, phase: str) -> None:
    assert status(a_pod(restartPolicy=policy), ended(code))["phase"] == phase


def test_a_deleted_pod_is_over_when_its_containers_have_ended() -> None:
    found = a_pod()
    found["metadata"]["deletionTimestamp"] = "now"
    assert status(found, ended(0))["phase"] == "Succeeded"
    assert status(found, ended(137))["phase"] == "Failed"


def test_a_container_in_back_off_is_still_part_of_a_running_pod() -> None:
    waiting = ContainerState(name="portal", image="image", state={"waiting": {"reason": "CrashLoopBackOff"}})
    waiting.last_state = {"terminated": {"exitCode": 1}}
    assert status(a_pod(), waiting)["phase"] == "Running"
