"""One service's release in containers as Kubernetes' own API shows it, and the way back from it.

A Deployment keeps a ReplicaSet for each template that it had. The way back is the template of one of them, applied in
the name of the manager that applied what is there: Pulumi's. `kubectl rollout undo` would take the fields that it
changes away from that manager, and what a later program leaves out would stay
(https://github.com/kubernetes/kubectl/issues/1297).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.cluster import Cluster
from operations.exit_codes import ExitCode, OperationError
from operations.images import Images

_REVISION = "deployment.kubernetes.io/revision"
# On a ReplicaSet: the revision at which a rollout of it was given up.
TURNED_BACK = "prakerja.go.id/turned-back"
_TEMPLATE_HASH = "pod-template-hash"
_COMPLETE = "NewReplicaSetAvailable"
_DEADLINE_EXCEEDED = "ProgressDeadlineExceeded"
_DEADLINE_SECONDS = 600  # Kubernetes' own default


@dataclass(frozen=True)
class Pod:
    """One pod of a service. image: that it was made to run."""

    name: str
    image: str
    ready: bool


@dataclass(frozen=True)
class PodRollout:
    """What a service's Deployment is to run, and how far it is.

    image: of the Deployment's template. desired: replicas. updated: pods of that template that are ready.
    under_way: whether pods are being replaced. grace_seconds: in which it has to progress.
    failure: why Kubernetes says that it does not.
    """

    service: str
    image: str
    desired: int
    updated: int
    under_way: bool
    grace_seconds: int
    failure: str | None
    deployment: Mapping[str, Any] = field(repr=False)
    replica_sets: tuple[Mapping[str, Any], ...] = field(repr=False)

    @property
    def awaited(self) -> bool:
        """Whether a pod of the template is still to become ready."""
        return self.under_way

    @property
    def progress(self) -> str:
        """How far it is, in a few words."""
        return f"{self.updated}/{self.desired} pods"

    @property
    def current(self) -> Mapping[str, Any] | None:
        """The ReplicaSet of the Deployment's template; None until there is one."""
        revision = _revision(self.deployment)
        return next((one for one in self.replica_sets if _revision(one) == revision), None)


class PodRollouts:
    """Reads and turns back the Deployments of one platform's services."""

    word = "containers"

    def __init__(self, cluster: Cluster, images: Images, services: Mapping[str, Any]) -> None:
        """services: those of the stack's outputs that run in containers."""
        self._cluster = cluster
        self._images = images
        self._services = services

    @property
    def services(self) -> list[str]:
        """The services' names."""
        return list(self._services)

    def read(self, service: str) -> PodRollout:
        """How a service's Deployment is now. Raises ClusterError."""
        placed = self._services[service]["containers"]
        deployment = self._cluster.get(f"{_apps(placed)}/deployments/{placed['deployment']}")
        sets = self._cluster.get(f"{_apps(placed)}/replicasets")["items"]
        owned = tuple(one for one in sets if _owner(one) == deployment["metadata"]["uid"])
        return _rollout(service, deployment, owned)

    def pods(self, rollout: PodRollout) -> list[Pod]:
        """The service's pods, those that are ending left out."""
        names = {one["metadata"]["uid"] for one in rollout.replica_sets}
        namespace = rollout.deployment["metadata"]["namespace"]
        found = self._cluster.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        return [
            Pod(pod["metadata"]["name"], _image(pod["spec"]), _is_ready(pod))
            for pod in found
            if _owner(pod) in names and "deletionTimestamp" not in pod["metadata"]
        ]

    def release(self, image: str) -> str:
        """The release that an image holds."""
        return self._images.release(image)

    def wanted_release(self, rollout: PodRollout) -> str:
        """The release that a Deployment is to run."""
        return self.release(rollout.image)

    def previous(self, rollout: PodRollout) -> str:
        """The ReplicaSet to go back to: the one that still serves, or else the last before that was not turned back.

        Before by when it was made, not by its revision: an undone rollout's would be the last one always.
        Raises OperationError where there is none.
        """
        others = _others(rollout)
        serving = [one for one in others if _ready(one)]
        if rollout.under_way and serving:
            return _name(max(serving, key=_ready))
        current = rollout.current
        earlier = [one for one in others if (current is None or _made(one) < _made(current)) and not _given_up(one)]
        if not earlier:
            raise OperationError(f"{rollout.service}: there is no release before this one", ExitCode.REFUSED)
        return _name(max(earlier, key=_made))

    def release_of(self, rollout: PodRollout, target: str) -> str:
        """The release that a ReplicaSet is of."""
        return self.release(_image(_named(rollout, target)["spec"]["template"]["spec"]))

    def at(self, rollout: PodRollout, release: str) -> str | None:
        """The latest ReplicaSet of a release that was not given up, None where none is left: the last ten are kept."""
        found = [
            one for one in _others(rollout) if not _given_up(one) and self.release_of(rollout, _name(one)) == release
        ]
        return _name(max(found, key=_made)) if found else None

    def go_back(self, rollout: PodRollout, target: str) -> None:
        """Begin to replace all pods that are not of a ReplicaSet's template. Returns at once."""
        metadata = rollout.deployment["metadata"]
        path = f"/apis/apps/v1/namespaces/{metadata['namespace']}"
        current = rollout.current
        if rollout.under_way and current is not None:
            mark = {"metadata": {"annotations": {TURNED_BACK: _revision(current)}}}
            self._cluster.merge(f"{path}/replicasets/{_name(current)}", mark)
        manager = _manager(rollout)
        body = _with_template(rollout.deployment, _named(rollout, target)["spec"]["template"], manager["fieldsV1"])
        self._cluster.apply(f"{path}/deployments/{metadata['name']}", body, manager["manager"])

    def behind(self, service: str, program: str) -> bool:
        """Whether a Deployment is to run another release than the program's last update deployed."""
        return self.wanted_release(self.read(service)) != program


def _rollout(service: str, deployment: Mapping[str, Any], owned: tuple[Mapping[str, Any], ...]) -> PodRollout:
    spec, status = deployment["spec"], deployment.get("status", {})
    seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    reasons = [one.get("reason") for one in status.get("conditions", []) if one["type"] == "Progressing"]
    reason = reasons[0] if seen and reasons else None
    grace = spec.get("progressDeadlineSeconds", _DEADLINE_SECONDS)
    current = next((one for one in owned if seen and _revision(one) == _revision(deployment)), None)
    return PodRollout(
        service=service,
        image=_image(spec["template"]["spec"]),
        desired=spec["replicas"],
        updated=_ready(current) if current else 0,
        under_way=reason != _COMPLETE,
        grace_seconds=grace,
        failure=f"its pods have made no progress for {grace} s" if reason == _DEADLINE_EXCEEDED else None,
        deployment=deployment,
        replica_sets=owned,
    )


def _manager(rollout: PodRollout) -> Mapping[str, Any]:
    """Who applied the Deployment's template, and which fields."""
    for entry in rollout.deployment["metadata"].get("managedFields", []):
        if entry["operation"] == "Apply" and "f:template" in entry["fieldsV1"].get("f:spec", {}):
            found: Mapping[str, Any] = entry
            return found
    raise OperationError(f"{rollout.service}: its Deployment was not made by the program; its template stays")


def _with_template(
    deployment: Mapping[str, Any], template: Mapping[str, Any], owned: Mapping[str, Any]
) -> dict[str, Any]:
    """The Deployment as its manager applied it, but for the template: what is left out of it, that manager gives up."""
    metadata, spec = deployment["metadata"], dict(deployment["spec"])
    if "f:replicas" not in owned["f:spec"]:
        spec.pop("replicas")  # the autoscaler's
    labels = {name: value for name, value in template["metadata"].get("labels", {}).items() if name != _TEMPLATE_HASH}
    kept = {
        part: {name: value for name, value in metadata.get(part, {}).items() if f"f:{name}" in fields}
        for part in ("labels", "annotations")
        if (fields := owned.get("f:metadata", {}).get(f"f:{part}", {}))
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"], **kept},
        "spec": {**spec, "template": {**template, "metadata": {**template["metadata"], "labels": labels}}},
    }


def _apps(placed: Mapping[str, Any]) -> str:
    return f"/apis/apps/v1/namespaces/{placed['namespace']}"


def _others(rollout: PodRollout) -> list[Mapping[str, Any]]:
    return [one for one in rollout.replica_sets if one is not rollout.current]


def _named(rollout: PodRollout, name: str) -> Mapping[str, Any]:
    return next(one for one in rollout.replica_sets if _name(one) == name)


def _image(pod_spec: Mapping[str, Any]) -> str:
    return str(pod_spec["containers"][0]["image"])


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _owner(item: Mapping[str, Any]) -> str | None:
    return next((one["uid"] for one in item["metadata"].get("ownerReferences", []) if one.get("controller")), None)


def _given_up(replica_set: Mapping[str, Any]) -> bool:
    marked: str | None = replica_set["metadata"].get("annotations", {}).get(TURNED_BACK)
    return marked == _revision(replica_set)


def _name(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["name"])


def _made(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["creationTimestamp"])


def _revision(item: Mapping[str, Any]) -> str:
    return str(item["metadata"].get("annotations", {}).get(_REVISION, ""))


def _ready(replica_set: Mapping[str, Any]) -> int:
    return int(replica_set.get("status", {}).get("readyReplicas", 0))
