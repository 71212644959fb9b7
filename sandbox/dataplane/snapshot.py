"""The cloud's state as the data plane sees it: one document, typed, from the cloud server's `/_sandbox/snapshot`."""

from __future__ import annotations

from typing import Any

import msgspec


class Instance(msgspec.Struct, frozen=True):
    """An EC2 instance. `state` is EC2's own word; only `running` ones are served."""

    id: str
    state: str
    private_ip: str
    zone: str
    user_data_sha256: str | None
    auto_scaling_group: str | None
    instance_profile_arn: str | None


class TargetGroupShare(msgspec.Struct, frozen=True, rename="pascal"):
    """One target group of a forward action and its weight, 0 to 999."""

    target_group_arn: str
    weight: int = 1


class Stickiness(msgspec.Struct, frozen=True, rename="pascal"):
    """Whether a forward action pins clients to a target group."""

    enabled: bool = False


class ForwardConfig(msgspec.Struct, frozen=True, rename="pascal"):
    """The target groups that share a forward action's requests."""

    target_groups: list[TargetGroupShare] = []
    target_group_stickiness_config: Stickiness | None = None


class RedirectConfig(msgspec.Struct, frozen=True, rename="pascal"):
    """Where a redirect action points; ALB's placeholders (`#{path}`) included."""

    status_code: str
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


class FixedResponseConfig(msgspec.Struct, frozen=True, rename="pascal"):
    """A response that the load balancer gives by itself."""

    status_code: str
    content_type: str = "text/plain"
    message_body: str = ""


class Action(msgspec.Struct, frozen=True, rename="pascal"):
    """A listener's or rule's action, in the shape DescribeRules gives."""

    type: str
    target_group_arn: str | None = None
    forward_config: ForwardConfig | None = None
    redirect_config: RedirectConfig | None = None
    fixed_response_config: FixedResponseConfig | None = None


class ConditionValues(msgspec.Struct, frozen=True, rename="pascal"):
    """What a condition matches: any one of `values`."""

    values: list[str] = []
    http_header_name: str | None = None


class Condition(msgspec.Struct, frozen=True, rename="pascal"):
    """A rule's condition, in the shape DescribeRules gives (`Values` is the API's older form)."""

    field: str
    values: list[str] = []
    path_pattern_config: ConditionValues | None = None
    host_header_config: ConditionValues | None = None
    http_request_method_config: ConditionValues | None = None
    http_header_config: ConditionValues | None = None


class Rule(msgspec.Struct, frozen=True):
    """A listener rule; the lowest priority number is tried first."""

    arn: str
    priority: int
    conditions: list[Condition]
    actions: list[Action]


class Listener(msgspec.Struct, frozen=True):
    """A load balancer's listener."""

    arn: str
    port: int
    protocol: str
    default_actions: list[Action]
    rules: list[Rule]


class LoadBalancer(msgspec.Struct, frozen=True):
    """An Application Load Balancer; one with no scheme is internet-facing."""

    arn: str
    name: str
    scheme: str | None
    listeners: list[Listener]


class HealthCheck(msgspec.Struct, frozen=True):
    """A target group's health check; interval and timeout in seconds."""

    path: str
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str


class Target(msgspec.Struct, frozen=True):
    """A registered target; `address` is where it is reached (None: its instance has gone)."""

    id: str
    port: int
    address: str | None
    draining: bool = False


class TargetGroup(msgspec.Struct, frozen=True):
    """A target group; `deregistration_delay` in seconds."""

    arn: str
    name: str
    health_check: HealthCheck
    deregistration_delay: int
    targets: list[Target]


class Database(msgspec.Struct, frozen=True):
    """An RDS instance of engine postgres."""

    identifier: str
    resource_id: str
    address: str
    port: int
    name: str | None
    master_username: str
    master_secret_arn: str | None
    iam_authentication: bool
    status: str
    parameters: dict[str, str]
    instance_class: str | None = None


class CacheUser(msgspec.Struct, frozen=True):
    """A user of a cache's user group. `access_string` is in Valkey's own ACL words.

    iam: logs in by an IAM token. no_password: needs none. Neither: by a password.
    """

    id: str
    name: str
    arn: str
    access_string: str
    iam: bool
    no_password: bool


class Cache(msgspec.Struct, frozen=True):
    """An ElastiCache replication group of engine valkey, and who may log in."""

    id: str
    arn: str
    address: str
    port: int
    status: str
    engine_version: str
    parameters: dict[str, str]
    users: list[CacheUser]


class Subnet(msgspec.Struct, frozen=True):
    """A subnet of the VPC."""

    id: str
    zone: str
    cidr: str


class Cluster(msgspec.Struct, frozen=True):
    """An EKS cluster. `status` is CREATING until its control plane is reported to serve."""

    name: str
    arn: str
    version: str
    status: str
    created_at: str
    subnet_ids: list[str] = []


class PodIdentity(msgspec.Struct, frozen=True):
    """A pod identity association: the pods of a service account have a role."""

    id: str
    cluster: str
    namespace: str
    service_account: str
    role_arn: str


class Image(msgspec.Struct, frozen=True):
    """What an image in ECR runs, as its manifest's annotations tell; `python` as in "3.11"."""

    artefact_sha256: str
    artefact_key: str
    artefact_bucket: str
    python: str


class Association(msgspec.Struct, frozen=True):
    """An SSM association: commands to run once on instances."""

    id: str
    document: str
    instance_ids: list[str]
    commands: list[str]
    status: str


class Snapshot(msgspec.Struct, frozen=True):
    """Everything that the data plane and the cluster act on.

    roles: policy documents by the ARN of an instance profile or of a role. images: by `repository@sha256:digest`.
    """

    generation: int
    instances: list[Instance]
    user_data: dict[str, str]
    load_balancers: list[LoadBalancer]
    target_groups: list[TargetGroup]
    databases: list[Database]
    associations: list[Association]
    roles: dict[str, list[dict[str, Any]]]
    caches: list[Cache] = []
    subnets: list[Subnet] = []
    clusters: list[Cluster] = []
    pod_identities: list[PodIdentity] = []
    images: dict[str, Image] = {}

    @staticmethod
    def empty() -> Snapshot:
        """What is known before the cloud has answered: nothing exists."""
        return Snapshot(-1, [], {}, [], [], [], [], {})


def decode(document: bytes) -> Snapshot:
    """Read a snapshot. Raises msgspec.ValidationError, which names the field that is wrong.

    Not strict: moto keeps some numbers and booleans as the text that the request had.
    """
    return msgspec.json.decode(document, type=Snapshot, strict=False)
