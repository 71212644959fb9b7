"""One pod of a service: its container, how it is asked after, how it stops, and how little it may do on its node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

# The image's own user, who owns nothing.
USER_ID: Final = 65532
CONTAINER: Final = "service"
PORT_NAME: Final = "http"
# As the image's own entry point has it.
COMMAND: Final = ("python3.11", "-m", "app.run")
ZONE: Final = "topology.kubernetes.io/zone"
# From a pod's end being known to the load balancer sending it nothing more: the controller deregisters the target, and
# each of the balancer's nodes hears of it. Until then the pod answers as ever.
LEAVING_SECONDS: Final = 15
# Beyond the drain itself, before the process is killed.
STOP_MARGIN_SECONDS: Final = 15
# A container that does not reach all that it needs within five minutes of its start is started anew.
START_PERIOD_SECONDS: Final = 1
START_FAILURES: Final = 300
# Nothing is written but what a library puts into a temporary file.
TEMPORARY_SPACE: Final = "64Mi"


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A service's pod.

    selector: labels by which the service's pods are found.
    labels: all of the pod's labels, those included.
    service_account: whose permissions it has.
    image_ref: the image, by its digest.
    environment: the service's variables; never a secret's value.
    port: that it listens on.
    health_path: answers while the process is well; where it does not, the container is started anew.
    readiness_path: answers once the pod can do its work; before it first does, it gets no requests. Asked at the start
    only: where a database fails over, a release that needs it is held back, and pods that serve go on serving.
    balanced: requests come from a load balancer, which has to hear of its end first.
    drain_seconds: that it takes to finish its work, at most.
    cpu_millicores, memory_mib: what it needs.
    """

    selector: Mapping[str, str]
    labels: Mapping[str, str]
    service_account: str
    image_ref: pulumi.Input[str]
    environment: Mapping[str, pulumi.Input[str]]
    port: int
    health_path: str
    readiness_path: str
    balanced: bool
    drain_seconds: int
    cpu_millicores: int
    memory_mib: int


def pod_template(pod: Pod) -> core.PodTemplateSpecArgs:
    """The template that a Deployment makes pods from; it fits Pod Security's level `restricted`."""
    leaving = LEAVING_SECONDS if pod.balanced else 0
    return core.PodTemplateSpecArgs(
        metadata=meta.ObjectMetaArgs(labels=dict(pod.labels)),
        spec=core.PodSpecArgs(
            service_account_name=pod.service_account,
            # No pod asks Kubernetes anything. AWS's credentials come with a token of their own.
            automount_service_account_token=False,
            # Other services' addresses are not this one's variables.
            enable_service_links=False,
            termination_grace_period_seconds=leaving + pod.drain_seconds + STOP_MARGIN_SECONDS,
            security_context=core.PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=USER_ID,
                run_as_group=USER_ID,
                seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            topology_spread_constraints=[_over_zones(pod)],
            containers=[_container(pod, leaving)],
            volumes=[core.VolumeArgs(name="tmp", empty_dir=core.EmptyDirVolumeSourceArgs(size_limit=TEMPORARY_SPACE))],
        ),
    )


def _over_zones(pod: Pod) -> core.TopologySpreadConstraintArgs:
    return core.TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key=ZONE,
        # A zone that has failed must not keep pods from starting in the others.
        when_unsatisfiable="ScheduleAnyway",
        label_selector=meta.LabelSelectorArgs(match_labels=dict(pod.selector)),
        # Counts one release alone: the pods that it replaces say nothing of where its own should be.
        match_label_keys=["pod-template-hash"],
    )


def _container(pod: Pod, leaving: int) -> core.ContainerArgs:
    return core.ContainerArgs(
        name=CONTAINER,
        image=pod.image_ref,
        command=list(COMMAND),
        env=[core.EnvVarArgs(name=name, value=value) for name, value in pod.environment.items()],
        ports=[core.ContainerPortArgs(name=PORT_NAME, container_port=pod.port)],
        resources=core.ResourceRequirementsArgs(
            requests={"cpu": f"{pod.cpu_millicores}m", "memory": f"{pod.memory_mib}Mi"},
            # A limit of processor time would only slow a pod down beside an idle core.
            limits={"memory": f"{pod.memory_mib}Mi"},
        ),
        startup_probe=_probe(pod.readiness_path, period=START_PERIOD_SECONDS, failures=START_FAILURES),
        liveness_probe=_probe(pod.health_path, period=10, failures=3),
        # Never what it depends on: all pods would leave the load balancer at once, and requests meet an empty group.
        readiness_probe=_probe(pod.health_path, period=5, failures=3),
        lifecycle=core.LifecycleArgs(pre_stop=core.LifecycleHandlerArgs(sleep=core.SleepActionArgs(seconds=leaving)))
        if leaving
        else None,
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[core.VolumeMountArgs(name="tmp", mount_path="/tmp")],  # noqa: S108 - the container's own
    )


def _probe(path: str, *, period: int, failures: int) -> core.ProbeArgs:
    return core.ProbeArgs(
        http_get=core.HTTPGetActionArgs(path=path, port=PORT_NAME),
        period_seconds=period,
        timeout_seconds=min(period, 3),
        failure_threshold=failures,
    )
