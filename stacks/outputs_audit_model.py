"""The shape of those outputs that auditors ask for: what there is, who reaches it, who may do what, where data lies.

All of it is gathered from the resources that the program makes, not written down a second time.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stacks.outputs_base import OutputModel


class AssetOutput(OutputModel):
    """A resource."""

    type: str = Field(description="Pulumi's type of it, such as `aws:rds/instance:Instance`.")
    name: str = Field(description="Its logical name, unique among those of its type.")
    id: str = Field(description="What its provider knows it by.")


class PartOutput(OutputModel):
    """A component: what belongs together, whose it is, and how sensitive its data is."""

    kind: str = Field(description="Which component it is, such as `Database`.")
    name: str
    service: str = Field(description="The service that it belongs to, or `shared`.")
    owner: str = Field(description="The team that answers for it.")
    data_class: Literal["public", "internal", "personal"] = Field(description="The most sensitive data in it.")
    resources: list[AssetOutput]


class ListenerOutput(OutputModel):
    """A port of a load balancer."""

    load_balancer: str = Field(description="Its logical name.")
    internet_facing: bool
    arn: str = Field(description="The listener's.")
    port: int
    protocol: str
    tls_policy: str | None = Field(description="AWS's predefined set of TLS versions and ciphers; none without TLS.")
    certificate_arn: str | None
    default_action: str = Field(description="What becomes of a request that no rule names.")
    allowed_sources: list[str] = Field(description="Networks that its security groups let in on that port.")


class OpeningOutput(OutputModel):
    """A rule of a security group: whatever no rule names is closed."""

    rule_id: str
    direction: Literal["ingress", "egress"]
    security_group_id: str
    security_group: str = Field(description="The group's logical name, or the cluster's whose group AWS made.")
    protocol: str = Field(description="`-1` is every protocol.")
    from_port: int | None = Field(description="First port; none where all are meant.")
    to_port: int | None = Field(description="Last port.")
    peer: str = Field(description="The other side: a network, or a security group's id.")
    peer_name: str | None = Field(description="The other group's logical name; none of a network.")


class PodOpeningOutput(OutputModel):
    """A rule of a network policy: what a service's containers may be reached by or may reach."""

    namespace: str
    direction: Literal["ingress", "egress"]
    networks: list[str]
    ports: list[str] = Field(description="Port and protocol, such as `8080/TCP`.")


class ClusterApiOutput(OutputModel):
    """The way to the cluster's API. Whoever gets there is authenticated all the same."""

    within_network: bool = Field(description="It answers within the VPC.")
    public: bool = Field(description="It answers outside it.")
    allowed_sources: list[str] = Field(description="Networks outside the VPC that it answers to.")


class EdgeOutput(OutputModel):
    """Who takes people's requests before the load balancer does, once the domain is delegated to its name servers."""

    run_by: Literal["Cloudflare"]
    hosts: list[str] = Field(description="What people reach through it; none until it is ready.")
    name_servers: list[str] = Field(description="What the parent of the domain is told, for it to be the way in.")
    minimum_tls_version: str = Field(description="What people's browsers have to speak at least.")
    only_way_in: bool = Field(description="The load balancer takes connections that show the edge's certificate alone.")


class ExposureOutput(OutputModel):
    """What can be reached from where."""

    edge: EdgeOutput | None = Field(description="None where people reach the load balancer directly.")
    listeners: list[ListenerOutput]
    cluster_api: ClusterApiOutput | None = Field(description="None where there is no cluster.")
    openings: list[OpeningOutput] = Field(description="Every rule of every security group.")
    pod_openings: list[PodOpeningOutput] = Field(description="Every rule of every network policy.")


class StatementOutput(OutputModel):
    """A statement of a policy document."""

    policy: str = Field(description="Logical name of the policy that it stands in, or its own name there.")
    effect: Literal["Allow", "Deny"]
    principals: list[str] = Field(
        description="Whom it is about, such as `Service: ec2.amazonaws.com`; empty: the role."
    )
    actions: list[str]
    resources: list[str] = Field(description="Empty where a role is taken on.")
    conditions: dict[str, dict[str, list[str]]] = Field(description="Values by key, by operator; all must hold.")


class RoleOutput(OutputModel):
    """An IAM role: who may take it on, and what may be done with it."""

    name: str
    arn: str
    part: str = Field(description="Logical name of the component that it belongs to.")
    service: str
    owner: str
    assumed_by: list[StatementOutput]
    statements: list[StatementOutput] = Field(description="Of its inline policies, word for word.")
    managed_policies: list[str] = Field(description="ARNs of AWS's own policies that it has besides.")


class ResourcePolicyOutput(OutputModel):
    """The policy of a resource itself: bucket, key, queue or topic."""

    kind: str
    name: str = Field(description="Logical name of the resource.")
    statements: list[StatementOutput]


class ClusterAccessOutput(OutputModel):
    """An IAM identity that the cluster lets in."""

    principal_arn: str
    policy_arn: str
    scope: str = Field(description="`cluster`, or the namespaces that it is limited to.")


class CacheUserOutput(OutputModel):
    """A user of the cache."""

    name: str
    login: str = Field(description="How it proves who it is; `no-password-required` only where it may do nothing.")
    access: str = Field(description="Valkey's own words for its keys and commands.")


class IdentitiesOutput(OutputModel):
    """Who may do what."""

    roles: list[RoleOutput]
    resource_policies: list[ResourcePolicyOutput]
    cluster_access: list[ClusterAccessOutput]
    cache_users: list[CacheUserOutput]


class BackupOutput(OutputModel):
    """A way back to what a data store held before."""

    kind: Literal["point in time", "daily copy", "daily snapshot", "object versions"]
    retention_days: int | None = Field(description="How far back; none where nothing ends it.")


class DataStoreOutput(OutputModel):
    """A place where data lies."""

    kind: Literal[
        "database",
        "cache",
        "bucket",
        "queue",
        "secret",
        "log group",
        "image repository",
        "backup vault",
        "topic",
        "machine volumes",
        "node volumes",
    ]
    name: str = Field(description="Logical name.")
    identifier: str = Field(description="ARN, or the id where there is none.")
    service: str
    owner: str
    data_class: Literal["public", "internal", "personal"]
    region: str = Field(description="Where it is; nothing is copied elsewhere.")
    encrypted: bool
    encryption_key_arn: str | None = Field(description="The KMS key; none where AWS's own key encrypts.")
    backups: list[BackupOutput]
    retention_days: int | None = Field(description="What is older goes by itself; none where it stays until deleted.")
    deletion_protected: bool = Field(description="The program refuses to delete it.")


class ProcessorOutput(OutputModel):
    """A processor of personal data (UU PDP 27/2022, Articles 51 and 52)."""

    name: str
    purpose: dict[Literal["id", "en"], str] = Field(description="What for, in Indonesian and English.")
    data: list[str] = Field(description="Which personal data.")
    country: str = Field(description="Where it is processed, by ISO 3166-1.")
    place: str
    legal_ground: str = Field(description="Of UU PDP, Article 20 (2).")
    transfer_ground: str | None = Field(description="Of UU PDP, Article 56; none where data stays in Indonesia.")


class ServiceReleaseOutput(OutputModel):
    """What one service runs from."""

    artefact_sha256: str | None = Field(description="On its virtual machines; none where it has none.")
    image_digest: str | None = Field(description="In its containers; none where it has none.")


class ReleasesOutput(OutputModel):
    """What was deployed. What runs at this moment, in the middle of a rollout, is the fleets' to say."""

    artefact_sha256: str
    image: str | None = Field(description="The container image's whole reference; none without containers.")
    image_digest: str | None = Field(description="It holds the artefact of that digest.")
    services: dict[str, ServiceReleaseOutput]


class TrafficOutput(OutputModel):
    """A service's rule on the site. Shares belong to whoever shifts traffic; these are what the rule is made with."""

    rule_arn: str
    priority: int
    paths: list[str]
    initial_vm_share: int = Field(description="Per cent.")
    initial_container_share: int = Field(description="Per cent.")
