"""How much stands behind the kinds of object that the platform uses, and behind all others."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.provider.fidelity import Fidelity, TypeFidelity

_RUNS = {
    "kubernetes:apps/v1:Deployment": "Kubernetes's own API server, controllers and scheduler",
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": (
        "Kubernetes's own controller, which looks more often than on AWS, on the CPU time of the pods' processes"
    ),
    "kubernetes:core/v1:Namespace": "Kubernetes's own; pod security standards are enforced at admission",
    "kubernetes:core/v1:Pod": (
        "each container is a process of the artefact that its image holds; its limits on CPU and memory are kept alone"
    ),
    "kubernetes:core/v1:Service": (
        "its EndpointSlices follow the ready pods; there is no kube-proxy, so the cluster's addresses lead nowhere"
    ),
    "kubernetes:core/v1:ServiceAccount": "its pods get the credentials of its EKS pod identity association",
    "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding": (
        "ready pods are registered with the target group and ending ones drained; the readiness gate is held"
    ),
    "kubernetes:policy/v1:PodDisruptionBudget": "Kubernetes's own: evictions keep to it, and nothing evicts of itself",
}

_EMULATED = {
    "kubernetes:core/v1:ConfigMap": "the API server keeps it; nobody reads that of the VPC's network plug-in",
    "kubernetes:core/v1:Secret": "the API server keeps it, encrypted",
    "kubernetes:eks.amazonaws.com/v1:NodeClass": "the API server keeps it; no instance is made by it",
    "kubernetes:karpenter.sh/v1:NodePool": (
        "one node a zone, once there is a pool; none is added, consolidated or disrupted"
    ),
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": (
        "the API server checks and keeps it; nothing filters: pods reach whatever listens"
    ),
    "kubernetes:*": (
        "any other kind: the API server checks it by its own schema; Kubernetes's controllers act on what they know. "
        "In place of the token of `aws eks get-token`, a program works by an administrator's certificate, whatever "
        "access entries say"
    ),
}


def every_type() -> Iterator[TypeFidelity]:
    """The kinds that the platform uses, and one row for all others."""
    for fidelity, kinds in ((Fidelity.RUNS, _RUNS), (Fidelity.EMULATED, _EMULATED)):
        for token, behind in kinds.items():
            yield TypeFidelity(type=token, fidelity=fidelity, behind=behind)
