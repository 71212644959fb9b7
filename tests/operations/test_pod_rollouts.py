"""A Deployment's release is its image's; the way back is a template that it had, in the name of who applied it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from operations.cluster import Cluster
from operations.exit_codes import ExitCode, OperationError
from operations.images import Images
from operations.pod_rollouts import TURNED_BACK, PodRollout, PodRollouts

pytestmark = pytest.mark.unit

SERVICES = {"portal": {"containers": {"namespace": "portal", "deployment": "portal"}}}
REVISION = "deployment.kubernetes.io/revision"
MANAGER = "pulumi-kubernetes-1"
OWNED = {
    "f:metadata": {"f:labels": {"f:owner": {}}, "f:annotations": {"f:pulumi.com/patchForce": {}}},
    "f:spec": {"f:strategy": {}, "f:template": {}},
}


def template(release: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "portal", "pod-template-hash": release}},
        "spec": {"containers": [{"name": "service", "image": release}]},
    }


def replica_set(release: str, revision: int, made: int, ready: int = 0, turned_back: str = "") -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"portal-{release}",
            "uid": f"uid-{release}",
            "creationTimestamp": f"2026-01-01T00:00:0{made}Z",
            "annotations": {REVISION: str(revision), TURNED_BACK: turned_back},
            "ownerReferences": [{"uid": "deployment", "controller": True}],
        },
        "spec": {"template": template(release)},
        "status": {"readyReplicas": ready},
    }


def deployment(
    release: str, revision: int, reason: str | None = "NewReplicaSetAvailable", *, seen: bool = True
) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "portal",
            "namespace": "portal",
            "uid": "deployment",
            "generation": 5,
            "labels": {"owner": "participants", "by-hand": "yes"},
            "annotations": {REVISION: str(revision), "pulumi.com/patchForce": "true"},
            "managedFields": [
                {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:status": {}}},
                {"manager": MANAGER, "operation": "Apply", "fieldsV1": OWNED},
            ],
        },
        "spec": {"replicas": 3, "strategy": {"type": "RollingUpdate"}, "template": template(release)},
        "status": {
            "observedGeneration": 5 if seen else 4,
            "conditions": [{"type": "Available"}, {"type": "Progressing", "reason": reason}],
        },
    }


def pod(name: str, release: str, *, ready: bool, owner: str | None = None, ending: bool = False) -> dict[str, Any]:
    metadata = {"name": name, "ownerReferences": [{"uid": owner or f"uid-{release}", "controller": True}]}
    if ending:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:09Z"
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {"metadata": metadata, "spec": template(release)["spec"], "status": {"conditions": conditions}}


class Api:
    """A namespace as the Kubernetes API has it, and what it was told."""

    def __init__(self, deployment: Any, replica_sets: list[Any], pods: list[Any] | None = None) -> None:
        self._items = {
            "/apis/apps/v1/namespaces/portal/deployments/portal": deployment,
            "/apis/apps/v1/namespaces/portal/replicasets": {"items": replica_sets},
            "/api/v1/namespaces/portal/pods": {"items": pods or []},
        }
        self.merged: dict[str, Any] = {}
        self.applied: list[tuple[str, Any, str]] = []

    def get(self, path: str) -> Any:
        return self._items[path]

    def merge(self, path: str, body: Any) -> None:
        self.merged[path] = body

    def apply(self, path: str, body: Mapping[str, Any], manager: str) -> None:
        self.applied.append((path, body, manager))


class Same:
    """A registry in which an image is named by its release."""

    def release(self, image: str) -> str:
        return image


def rollouts(api: Api) -> PodRollouts:
    return PodRollouts(cast("Cluster", api), cast("Images", Same()), SERVICES)


def read(api: Api) -> PodRollout:
    return rollouts(api).read("portal")


def test_pods_are_told_by_their_own_image_and_those_that_end_or_belong_to_others_are_left_out() -> None:
    pods = [
        pod("one", "old", ready=True),
        pod("two", "new", ready=False),
        pod("three", "old", ready=True, ending=True),
        pod("four", "new", ready=True, owner="somebody"),
    ]
    api = Api(deployment("new", 2, "ReplicaSetUpdated"), [replica_set("old", 1, 1), replica_set("new", 2, 2)], pods)
    found = rollouts(api).pods(read(api))
    assert [(one.name, one.image, one.ready) for one in found] == [("one", "old", True), ("two", "new", False)]


@pytest.mark.parametrize(
    ("found", "under_way", "fails"),
    [
        (deployment("new", 2), False, False),
        (deployment("new", 2, "ReplicaSetUpdated"), True, False),
        (deployment("new", 2, seen=False), True, False),
        (deployment("new", 2, "ProgressDeadlineExceeded"), True, True),
        (deployment("new", 2, None), True, False),
    ],
)
def test_a_rollout_has_ended_once_kubernetes_says_that_the_template_seen_last_is_available(
    found: Any, under_way: bool, fails: bool
) -> None:
    rollout = read(Api(found, [replica_set("new", 2, 2, ready=3)]))
    assert (rollout.under_way, rollout.failure is not None) == (under_way, fails)


def test_a_rollout_under_way_goes_back_to_what_serves() -> None:
    sets = [replica_set("oldest", 1, 1), replica_set("old", 2, 2, ready=3), replica_set("new", 3, 3)]
    api = Api(deployment("new", 3, "ReplicaSetUpdated"), sets)
    assert rollouts(api).previous(read(api)) == "portal-old"


def test_a_rollout_that_was_undone_does_not_go_forth_again() -> None:
    sets = [replica_set("old", 3, 1, ready=3), replica_set("new", 2, 2)]
    api = Api(deployment("old", 3), sets)
    with pytest.raises(OperationError, match="no release before") as refused:
        rollouts(api).previous(read(api))
    assert refused.value.code is ExitCode.REFUSED


def test_what_was_turned_back_is_passed_over_unless_it_was_rolled_out_again_since() -> None:
    def previous(turned_back_at: str) -> str:
        bad = replica_set("bad", 2, 2, turned_back=turned_back_at)
        api = Api(deployment("new", 4), [replica_set("old", 3, 1), bad, replica_set("new", 4, 3, ready=3)])
        return rollouts(api).previous(read(api))

    assert previous("2") == "portal-old"
    assert previous("1") == "portal-bad"


def test_a_release_is_found_in_what_the_deployment_keeps() -> None:
    api = Api(deployment("new", 3), [replica_set("old", 1, 1), replica_set("new", 3, 3)])
    assert rollouts(api).at(read(api), "old") == "portal-old"
    assert rollouts(api).at(read(api), "older") is None


def test_a_release_is_not_found_in_what_was_given_up() -> None:
    api = Api(deployment("new", 3), [replica_set("old", 1, 1, turned_back="1"), replica_set("new", 3, 3)])
    assert rollouts(api).at(read(api), "old") is None


def test_going_back_applies_the_template_and_all_else_that_its_manager_applied_in_that_managers_name() -> None:
    sets = [replica_set("old", 1, 1, ready=3), replica_set("new", 2, 2)]
    api = Api(deployment("new", 2, "ReplicaSetUpdated"), sets)
    rollouts(api).go_back(read(api), "portal-old")
    [(path, body, manager)] = api.applied
    assert (path, manager) == ("/apis/apps/v1/namespaces/portal/deployments/portal", MANAGER)
    assert body["metadata"] == {
        "name": "portal",
        "namespace": "portal",
        "labels": {"owner": "participants"},
        "annotations": {"pulumi.com/patchForce": "true"},
    }
    assert body["spec"].keys() == {"strategy", "template"}, "the number of pods is the autoscaler's"
    assert body["spec"]["template"] == {
        "metadata": {"labels": {"app": "portal"}},
        "spec": {"containers": [{"name": "service", "image": "old"}]},
    }
    marked = api.merged["/apis/apps/v1/namespaces/portal/replicasets/portal-new"]
    assert marked == {"metadata": {"annotations": {TURNED_BACK: "2"}}}


def test_a_release_that_had_rolled_out_is_not_marked_when_it_is_left() -> None:
    api = Api(deployment("new", 2), [replica_set("old", 1, 1), replica_set("new", 2, 2, ready=3)])
    rollouts(api).go_back(read(api), "portal-old")
    assert api.merged == {}
    assert len(api.applied) == 1


def test_a_deployment_that_the_program_did_not_make_is_left_alone() -> None:
    found = deployment("new", 2)
    del found["metadata"]["managedFields"]
    api = Api(found, [replica_set("old", 1, 1), replica_set("new", 2, 2, ready=3)])
    with pytest.raises(OperationError, match="not made by the program"):
        rollouts(api).go_back(read(api), "portal-old")
    assert api.applied == []
