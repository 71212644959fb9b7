"""A service's containers: as many as its load asks for, over all zones, registered where the site finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta import v1 as meta

from components.component import Classification, Component
from components.naming import logical
from components.network_policy import Opening, only
from components.pod_identity import PodIdentity, PodIdentityArgs
from components.pod_template import PORT_NAME, Pod, pod_template

# A new release's pods come on top of what serves, which goes only once they are ready.
ROLLOUT_SURGE_PERCENT: Final = 25
# How many pods a node's end may take away at once; at least one, or a lone pod would hold its node for ever.
DISRUPTION_PERCENT: Final = 25
# Waves come one soon after another: pods go slowly, once the load has been low for a while.
SCALE_DOWN_WINDOW_SECONDS: Final = 300
SCALE_DOWN_PERIOD_SECONDS: Final = 60
LABEL_PREFIX: Final = "prakerja.go.id"
# Amazon EKS User Guide, EKS Auto Mode: the load-balancing controller's own kind and label.
BINDING_VERSION: Final = "eks.amazonaws.com/v1"
READINESS_GATES: Final = "eks.amazonaws.com/pod-readiness-gate-inject"
POD_SECURITY: Final = "pod-security.kubernetes.io/enforce"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The cluster that a workload runs in.

    name, arn: by which AWS knows it.
    provider: by which Kubernetes's resources are made there.
    """

    name: pulumi.Input[str]
    arn: pulumi.Input[str]
    provider: kubernetes.Provider


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """minimum, maximum: pods that always run, and that there may be at most.
    cpu_percent: use of the processor time asked for, above which pods are added, 1 to 100.
    """

    minimum: int
    maximum: int
    cpu_percent: int

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.maximum:
            raise ValueError(f"minimum: {self.minimum} given; allowed: 1 to the maximum ({self.maximum})")


@dataclass(frozen=True, kw_only=True)
class ContainerWorkloadArgs:
    """classification: whose containers they are.
    cluster: where they run.
    image_ref: the image, by its digest.
    environment: the service's variables; never a secret's value.
    port: that the service listens on.
    health_path, readiness_path: what tells of the process, and of all that it depends on.
    drain_seconds: that a leaving pod is given to finish.
    cpu_millicores, memory_mib: what one pod needs.
    scaling: how many pods there are.
    permissions: policy documents by purpose.
    target_group_arn: where pods register; none for a worker.
    into, out: connections that the pods take and make; all others are refused.
    starts_after: what has to be there before a pod starts: the rule of its target group, the migrated schema, nodes.
    """

    classification: Classification
    cluster: Cluster
    image_ref: pulumi.Input[str]
    environment: Mapping[str, pulumi.Input[str]]
    port: int
    health_path: str
    readiness_path: str
    drain_seconds: int
    cpu_millicores: int
    memory_mib: int
    scaling: Scaling
    permissions: Mapping[str, pulumi.Input[str]]
    target_group_arn: pulumi.Input[str] | None
    into: Sequence[Opening]
    out: Sequence[Opening]
    starts_after: Sequence[pulumi.Resource]


class ContainerWorkload(Component):
    """A namespace of the service's name, and in it a Deployment of that name with all that its pods need.

    Everything stands before the first pod: EKS hands credentials and readiness gates only to pods that are made after
    the association and the binding, and a pod without its network policy would be open.
    """

    layer = "services"

    def __init__(self, name: str, args: ContainerWorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        in_cluster = pulumi.ResourceOptions(providers=[args.cluster.provider])
        super().__init__(name, args.classification, pulumi.ResourceOptions.merge(opts, in_cluster))
        self.service = args.classification.service
        self._selector = {"app.kubernetes.io/name": self.service}
        self._labels = {
            **self._selector,
            "app.kubernetes.io/part-of": "prakerja",
            "app.kubernetes.io/managed-by": "pulumi",
            f"{LABEL_PREFIX}/owner": args.classification.owner,
            f"{LABEL_PREFIX}/data-class": args.classification.data_class,
        }
        self.identity = PodIdentity(
            logical(name, "pods"),
            PodIdentityArgs(
                classification=args.classification,
                cluster_name=args.cluster.name,
                cluster_arn=args.cluster.arn,
                namespace=self.service,
                service_account=self.service,
                permissions=args.permissions,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.namespace = self._namespace(name)
        before_pods = [
            self.identity,
            self._service_account(name),
            *self._registration(name, args),
            *self._bounds(name, args),
            *args.starts_after,
        ]
        self.deployment = self._deployment(name, args, before_pods)
        self._autoscaler(name, args.scaling)
        self.register_outputs({"namespace": self.service})

    def _metadata(self, annotations: Mapping[str, str] | None = None) -> meta.ObjectMetaArgs:
        return meta.ObjectMetaArgs(
            name=self.service, namespace=self.service, labels=self._labels, annotations=annotations
        )

    def _namespace(self, name: str) -> kubernetes.core.v1.Namespace:
        return kubernetes.core.v1.Namespace(
            name,
            metadata=meta.ObjectMetaArgs(
                name=self.service,
                labels={**self._labels, READINESS_GATES: "enabled", POD_SECURITY: "restricted"},
            ),
            opts=self.child(),
        )

    def _service_account(self, name: str) -> kubernetes.core.v1.ServiceAccount:
        return kubernetes.core.v1.ServiceAccount(
            name,
            metadata=self._metadata(),
            automount_service_account_token=False,
            opts=self.child(depends_on=[self.namespace]),
        )

    def _registration(self, name: str, args: ContainerWorkloadArgs) -> list[pulumi.Resource]:
        """What registers ready pods with the load balancer."""
        if args.target_group_arn is None:
            return []
        service = kubernetes.core.v1.Service(
            name,
            # By default Pulumi waits for the pods, which wait for the binding, which waits for this.
            metadata=self._metadata({"pulumi.com/skipAwait": "true"}),
            spec=kubernetes.core.v1.ServiceSpecArgs(
                selector=self._selector,
                ports=[kubernetes.core.v1.ServicePortArgs(name=PORT_NAME, port=args.port, target_port=PORT_NAME)],
            ),
            opts=self.child(depends_on=[self.namespace]),
        )
        # Without `networking`, the controller leaves security groups alone: their rules are the program's.
        binding = kubernetes.apiextensions.CustomResource(
            name,
            api_version=BINDING_VERSION,
            kind="TargetGroupBinding",
            metadata=self._metadata(),
            spec={
                "serviceRef": {"name": self.service, "port": args.port},
                "targetGroupARN": args.target_group_arn,
                "targetType": "ip",
            },
            opts=self.child(depends_on=[service]),
        )
        return [service, binding]

    def _bounds(self, name: str, args: ContainerWorkloadArgs) -> list[pulumi.Resource]:
        """Whom pods may speak to, and how many may go at once."""
        policy = kubernetes.networking.v1.NetworkPolicy(
            name,
            metadata=self._metadata(),
            spec=only(into=args.into, out=args.out),
            opts=self.child(depends_on=[self.namespace]),
        )
        budget = kubernetes.policy.v1.PodDisruptionBudget(
            name,
            metadata=self._metadata(),
            spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
                selector=meta.LabelSelectorArgs(match_labels=self._selector),
                max_unavailable=f"{DISRUPTION_PERCENT}%",
                # One that never became ready serves nobody, and must not hold its node.
                unhealthy_pod_eviction_policy="AlwaysAllow",
            ),
            opts=self.child(depends_on=[self.namespace]),
        )
        return [policy, budget]

    def _deployment(
        self, name: str, args: ContainerWorkloadArgs, before_pods: list[pulumi.Resource]
    ) -> kubernetes.apps.v1.Deployment:
        pod = Pod(
            selector=self._selector,
            labels=self._labels,
            service_account=self.service,
            image_ref=args.image_ref,
            environment=args.environment,
            port=args.port,
            health_path=args.health_path,
            readiness_path=args.readiness_path,
            balanced=args.target_group_arn is not None,
            drain_seconds=args.drain_seconds,
            cpu_millicores=args.cpu_millicores,
            memory_mib=args.memory_mib,
        )
        return kubernetes.apps.v1.Deployment(
            name,
            # Who has gone back a release with kubectl owns what that changed; the next update takes it over again.
            metadata=self._metadata({"pulumi.com/patchForce": "true"}),
            # No `replicas`: how many there are is the autoscaler's.
            spec=kubernetes.apps.v1.DeploymentSpecArgs(
                selector=meta.LabelSelectorArgs(match_labels=self._selector),
                strategy=kubernetes.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(
                        max_surge=f"{ROLLOUT_SURGE_PERCENT}%", max_unavailable=0
                    ),
                ),
                template=pod_template(pod),
            ),
            opts=self.child(depends_on=before_pods),
        )

    def _autoscaler(self, name: str, scaling: Scaling) -> None:
        scale = kubernetes.autoscaling.v2
        scale.HorizontalPodAutoscaler(
            name,
            metadata=self._metadata(),
            spec=scale.HorizontalPodAutoscalerSpecArgs(
                scale_target_ref=scale.CrossVersionObjectReferenceArgs(
                    api_version="apps/v1", kind="Deployment", name=self.service
                ),
                min_replicas=scaling.minimum,
                max_replicas=scaling.maximum,
                metrics=[
                    scale.MetricSpecArgs(
                        type="Resource",
                        resource=scale.ResourceMetricSourceArgs(
                            name="cpu",
                            target=scale.MetricTargetArgs(type="Utilization", average_utilization=scaling.cpu_percent),
                        ),
                    )
                ],
                behavior=scale.HorizontalPodAutoscalerBehaviorArgs(
                    scale_down=scale.HPAScalingRulesArgs(
                        stabilization_window_seconds=SCALE_DOWN_WINDOW_SECONDS,
                        policies=[
                            scale.HPAScalingPolicyArgs(type="Pods", value=1, period_seconds=SCALE_DOWN_PERIOD_SECONDS)
                        ],
                    )
                ),
            ),
            opts=self.child(depends_on=[self.deployment]),
        )
