"""No pod has more rights than it needs: the restricted profile of Kubernetes' Pod Security Standards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policy.resource import Resource
from policy.rule import Check, ResourceCheck, of_types
from policy.values import items, read

# By type, where the pod's specification is.
_PODS = {
    "kubernetes:apps/v1:DaemonSet": "spec.template.spec",
    "kubernetes:apps/v1:Deployment": "spec.template.spec",
    "kubernetes:apps/v1:ReplicaSet": "spec.template.spec",
    "kubernetes:apps/v1:StatefulSet": "spec.template.spec",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
    "kubernetes:batch/v1:Job": "spec.template.spec",
    "kubernetes:core/v1:Pod": "spec",
}


def _privileged(workload: Resource) -> Iterator[str]:
    pod = read(workload.inputs, _PODS[workload.type]) or {}
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if read(pod, name) is True:
            yield f"{name} is set"
    for volume in items(pod, "volumes"):
        if read(volume, "hostPath"):
            yield f"the volume {volume.get('name')} is a directory of the node"
    for kind in ("initContainers", "containers"):
        for container in items(pod, kind):
            for wrong in _container(pod, container):
                yield f"the container {container.get('name')}: {wrong}"


def _container(pod: Mapping[str, Any], container: Mapping[str, Any]) -> Iterator[str]:
    if read(container, "securityContext.privileged") is True:
        yield "privileged is set"
    if read(container, "securityContext.allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if "ALL" not in items(container, "securityContext.capabilities.drop"):
        yield "capabilities.drop lacks ALL"
    added = set(items(container, "securityContext.capabilities.add")) - {"NET_BIND_SERVICE"}
    if added:
        yield f"capabilities.add has {', '.join(sorted(added))}"
    own = read(container, "securityContext.runAsNonRoot")
    if own is not True and (own is False or read(pod, "securityContext.runAsNonRoot") is not True):
        yield "runAsNonRoot is not set"


CHECKS: tuple[Check, ...] = (ResourceCheck(rule="privileged-pod", covers=of_types(*_PODS), violations=_privileged),)
