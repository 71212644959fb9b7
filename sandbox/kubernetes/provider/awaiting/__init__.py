"""When an object is what was asked for: a rule for each kind that becomes ready after it is made."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.kubernetes.provider.awaiting import conditions, jobs, network, workloads
from sandbox.kubernetes.provider.awaiting.standing import READY, Observer, Standing
from sandbox.kubernetes.provider.cluster import Object
from sandbox.kubernetes.provider.kinds import Kind
from sandbox.kubernetes.provider.manifest import SKIP_AWAIT, WAIT_FOR, annotation

Rule = Callable[[Object, Observer], Standing]

RULES: dict[str, Rule] = {
    "CustomResourceDefinition.apiextensions.k8s.io": conditions.established,
    "DaemonSet.apps": workloads.daemon_set,
    "Deployment.apps": workloads.deployment,
    "Job.batch": jobs.job,
    "Namespace": conditions.active,
    "Pod": workloads.pod,
    "Service": network.service,
    "StatefulSet.apps": workloads.stateful_set,
}


# What the API server itself does; the other rules wait for controllers.
_BY_THE_SERVER = frozenset({"CustomResourceDefinition.apiextensions.k8s.io", "Namespace"})


def rule(kind: Kind, manifest: Object, *, controllers: bool = True) -> Rule | None:
    """What to wait for; None where nothing is: a kind that is whole once it is kept, a patch, or as annotated.

    controllers: whether they run; without them nothing comes of an object that they would act on.

    Raises ValueError where the annotation that names conditions makes no sense.
    """
    if kind.patch or annotation(manifest, SKIP_AWAIT) == "true":
        return None
    if not controllers and kind.key not in _BY_THE_SERVER:
        return None
    if expressions := annotation(manifest, WAIT_FOR):
        return conditions.asked_for(expressions)
    return RULES.get(kind.key)


__all__ = ["READY", "RULES", "Observer", "Rule", "Standing", "rule"]
