"""When objects are ready, by statuses as Kubernetes 1.37 writes them, recorded."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes.provider.awaiting import READY, RULES, Standing, rule
from sandbox.kubernetes.provider.cluster import Object
from sandbox.kubernetes.provider.kinds import Kind

pytestmark = pytest.mark.unit

PROGRESSING = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "message": "progressing"}
EXCEEDED = {
    "type": "Progressing",
    "status": "False",
    "reason": "ProgressDeadlineExceeded",
    "message": 'ReplicaSet "it-1" has timed out progressing.',
}
UNSCHEDULABLE: Object = {
    "metadata": {},
    "status": {
        "phase": "Pending",
        "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no nodes available"}
        ],
    },
}
PULLING: Object = {
    "metadata": {},
    "status": {
        "phase": "Pending",
        "conditions": [{"type": "Ready", "status": "False"}, {"type": "PodScheduled", "status": "True"}],
        "containerStatuses": [
            {
                "name": "it",
                "ready": False,
                "state": {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "a"'}},
            }
        ],
    },
}


class Beside:
    """What lies beside the object: the same for every collection."""

    def __init__(self, *items: Object) -> None:
        self._items = list(items)

    def items(self, path: str, **query: str) -> list[Object]:
        return self._items


def standing(kind: str, spec: dict[str, Any], status: dict[str, Any], *beside: Object) -> Standing:
    live = {"metadata": {"name": "it", "namespace": "n", "generation": 2}, "spec": spec, "status": status}
    return RULES[kind](live, Beside(*beside))


def deployment(replicas: int = 3, generation: int = 2, **status: Any) -> Standing:
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "it"}}}
    conditions = {"conditions": [PROGRESSING], "observedGeneration": generation}
    return standing("Deployment.apps", spec, {**conditions, **status}, UNSCHEDULABLE, PULLING, PULLING)


def test_a_deployment_is_ready_once_all_replicas_are_new_and_available() -> None:
    counts = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}
    assert deployment(**counts) == READY
    assert deployment(0) == READY
    for name, value in (("replicas", 4), ("updatedReplicas", 2), ("availableReplicas", 2)):
        waiting = deployment(**{**counts, name: value})
        assert waiting.missing
        assert not waiting.failed


def test_an_old_status_says_nothing_of_a_new_deployment() -> None:
    counts = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}
    assert deployment(generation=1, **counts).missing == "its controller has not seen it yet"


def test_a_deployment_past_its_deadline_has_failed_and_says_what_its_pods_say() -> None:
    failed = deployment(replicas=3, updatedReplicas=3, conditions=[EXCEEDED])
    assert failed == Standing(
        'ReplicaSet "it-1" has timed out progressing. '
        '(container it waits: ImagePullBackOff, Back-off pulling image "a" (2 times); '
        "not scheduled: no nodes available)",
        failed=True,
    )


def test_pods_that_cannot_be_made_are_the_reason() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}
    waiting = deployment(conditions=[PROGRESSING, refused])
    assert "no pod can be made: exceeded quota" in waiting.missing


def test_a_stateful_set_is_ready_once_all_replicas_are_new_and_ready() -> None:
    spec = {"replicas": 2, "selector": {}}
    seen = {"observedGeneration": 2}
    assert standing("StatefulSet.apps", spec, {**seen, "readyReplicas": 2, "updatedReplicas": 2}) == READY
    assert standing("StatefulSet.apps", spec, {**seen, "readyReplicas": 2, "updatedReplicas": 1}).missing
    held = {**spec, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}}
    assert standing("StatefulSet.apps", held, {**seen, "readyReplicas": 2, "updatedReplicas": 1}) == READY


def test_a_daemon_set_is_ready_once_every_node_has_an_available_pod() -> None:
    status = {"observedGeneration": 2, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}
    assert standing("DaemonSet.apps", {"selector": {}}, status) == READY
    assert standing("DaemonSet.apps", {"selector": {}}, {**status, "numberAvailable": 1}).missing


def test_a_job_is_ready_once_complete_and_has_failed_for_good() -> None:
    complete = {"conditions": [{"type": "Complete", "status": "True"}]}
    failed = {
        "conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "limit"}]
    }
    assert standing("Job.batch", {}, complete) == READY
    assert standing("Job.batch", {}, failed) == Standing("BackoffLimitExceeded: limit", failed=True)
    assert standing("Job.batch", {}, {"active": 1}).missing == "not complete: 0 succeeded, 1 run, 0 failed"


@pytest.mark.parametrize(
    ("spec", "beside", "ready"),
    [
        ({"type": "ExternalName"}, (), True),
        ({"type": "ClusterIP"}, (), True),
        ({"selector": {"app": "it"}}, (), False),
        ({"selector": {"app": "it"}}, ({"endpoints": [{"conditions": {"ready": False}}]},), False),
        ({"selector": {"app": "it"}}, ({"endpoints": [{"conditions": {"ready": True}}]},), True),
        (
            {"selector": {"app": "it"}, "type": "LoadBalancer"},
            ({"endpoints": [{"conditions": {"ready": True}}]},),
            False,
        ),
    ],
)
def test_a_service_is_ready_once_it_leads_somewhere(
    spec: dict[str, Any], beside: tuple[Object, ...], ready: bool
) -> None:
    assert (standing("Service", spec, {}, *beside) == READY) is ready


def annotated(**annotations: str) -> dict[str, Any]:
    return {"metadata": {"annotations": {f"pulumi.com/{name}": value for name, value in annotations.items()}}}


def test_nothing_is_awaited_of_a_patch_or_where_an_annotation_says_so() -> None:
    assert rule(Kind("v1", "Service"), annotated(skipAwait="true")) is None
    assert rule(Kind("v1", "Service", patch=True), {}) is None
    assert rule(Kind("v1", "ConfigMap"), {}) is None
    assert rule(Kind("v1", "Service"), {}) is RULES["Service"]


@pytest.mark.parametrize(
    ("expressions", "ready"),
    [
        ("condition=Ready", True),
        ("condition=Ready=False", False),
        ("jsonpath={.status.phase}", True),
        ("jsonpath={.status.phase}=Bound", True),
        ("jsonpath={.status.addresses[0].ip}=10.0.0.1", True),
        ("jsonpath={.status.missing}", False),
        ('["condition=Ready", "jsonpath={.status.phase}=Lost"]', False),
    ],
)
def test_an_annotation_says_what_to_wait_for(expressions: str, ready: bool) -> None:
    found = rule(Kind("example.org/v1", "Anything"), annotated(waitFor=expressions))
    assert found is not None
    status = {
        "phase": "Bound",
        "addresses": [{"ip": "10.0.0.1"}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    assert (found({"metadata": {}, "status": status}, Beside()) == READY) is ready


def test_an_annotation_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="neither condition=… nor jsonpath="):
        rule(Kind("v1", "Pod"), annotated(waitFor="ready"))


def test_without_controllers_only_what_the_server_itself_does_is_awaited() -> None:
    for awaited, api_version, name in (
        (True, "v1", "Namespace"),
        (True, "apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        (False, "apps/v1", "Deployment"),
        (False, "batch/v1", "Job"),
    ):
        assert (rule(Kind(api_version, name), {}, controllers=False) is not None) is awaited
