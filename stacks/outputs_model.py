"""The shape of the stack's outputs: the one contract by which everything outside the program knows the platform.

The same in every environment. Each top-level field is one stack output.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stacks.outputs_audit_model import (
    DataStoreOutput,
    ExposureOutput,
    IdentitiesOutput,
    PartOutput,
    ProcessorOutput,
    ReleasesOutput,
    TrafficOutput,
)
from stacks.outputs_base import OutputModel

# What is added leaves it as it is. A field that goes, or comes to mean something else, takes a new one.
SCHEMA_VERSION = 1


class SiteOutput(OutputModel):
    """How the site is reached."""

    url: str = Field(description="Where people find the site.")
    load_balancer_arn: str
    load_balancer_dns_name: str
    https_listener_arn: str = Field(description="Holds one rule a service.")
    http_listener_arn: str = Field(description="Redirects to HTTPS.")


class VmsOutput(OutputModel):
    """A service's virtual machines."""

    desired: int = Field(description="The group's minimum, maximum and desired size.")
    auto_scaling_group: str = Field(description="The group's name.")
    target_group_arn: str | None = Field(description="Where the load balancer finds them; none for a worker.")


class ContainersOutput(OutputModel):
    """A service's containers."""

    namespace: str = Field(description="The cluster's namespace that holds all of the service and nothing else.")
    deployment: str = Field(description="Name of its Deployment, and of what scales it.")
    minimum: int = Field(description="Containers that always run.")
    maximum: int = Field(description="Containers at most under load.")
    target_group_arn: str | None = Field(description="Where the load balancer finds them; none for a worker.")


class ServiceOutput(OutputModel):
    """A service and where it runs."""

    kind: Literal["http", "worker"]
    owner: str
    vms: VmsOutput | None = Field(description="None where the service has no virtual machines.")
    containers: ContainersOutput | None = Field(description="None where the service has no containers.")
    initial_container_share: int = Field(description="Per cent of traffic for containers when the rule was made.")
    health_path: str = Field(description="Answers while the process is well.")
    readiness_path: str | None = Field(description="Answers while dependencies can be reached too; none for a worker.")
    routes: list[str] = Field(description="Path patterns that the service answers.")


class DatabaseOutput(OutputModel):
    """The PostgreSQL instance."""

    identifier: str
    endpoint: str = Field(description="Host name.")
    port: int
    name: str = Field(description="The database within the instance.")
    arn: str
    resource_id: str = Field(description="Names the instance in `rds-db:connect` permissions.")
    multi_az: bool
    encrypted: bool
    backup_retention_days: int


class CacheOutput(OutputModel):
    """The Valkey replication group."""

    replication_group: str = Field(description="Its id, which is a part of the tokens that services log in by.")
    arn: str
    address: str = Field(description="Host name of the primary.")
    port: int
    replicas: int
    encrypted: bool = Field(description="On disk and on the way.")
    users: list[str] = Field(description="Services that may log in.")


class QueueOutput(OutputModel):
    """A queue of work."""

    url: str
    arn: str
    dead_letter_url: str = Field(description="Where messages end up that nobody could deal with.")
    dead_letter_arn: str


class ClusterOutput(OutputModel):
    """The cluster that containers run in."""

    name: str
    arn: str
    endpoint: str = Field(description="URL of its API.")
    version: str
    kubeconfig_command: str = Field(description="What makes kubectl speak to it.")


class RegistryOutput(OutputModel):
    """Where container images are kept."""

    repository: str
    url: str


class MailOutput(OutputModel):
    """The mail that the platform sends."""

    sender: str = Field(description="Address that mail comes from.")
    domain: str
    configuration_set: str
    per_second: int = Field(description="Mails a second, from all processes together.")


class ArtefactOutput(OutputModel):
    """The archive that every service runs from."""

    sha256: str
    bucket: str
    key: str
    python: str
    architecture: str


class NetworkOutput(OutputModel):
    """The VPC."""

    vpc_id: str
    cidr: str
    zones: list[str]
    nat_public_addresses: list[str] = Field(description="What partners see as the platform's address.")
    subnets: dict[Literal["public", "private", "data"], list[str]] = Field(
        description="Subnet ids by tier, in the order of the zones."
    )
    subnet_cidrs: dict[Literal["public", "private", "data"], list[str]] = Field(
        description="Their networks, in the same order."
    )


class MaintenanceOutput(OutputModel):
    """The machine that migrations run on."""

    instance_id: str


class PlatformOutputs(OutputModel):
    """All outputs of a stack."""

    schema_version: Literal[1] = Field(description="Version of this contract.")
    environment: str
    region: str
    account_id: str = Field(description="The AWS account.")
    site: SiteOutput
    services: dict[str, ServiceOutput]
    database: DatabaseOutput
    cache: CacheOutput
    queues: dict[str, QueueOutput] = Field(description="Queues by name.")
    mail: MailOutput
    cluster: ClusterOutput | None = Field(description="None where no service has containers.")
    registry: RegistryOutput | None = Field(description="None where no service has containers.")
    artefact: ArtefactOutput
    network: NetworkOutput
    maintenance: MaintenanceOutput
    protected: list[str] = Field(description="Logical names of what deletion protection holds.")
    inventory: dict[str, list[PartOutput]] = Field(description="All there is, by layer.")
    exposure: ExposureOutput
    identities: IdentitiesOutput
    data_stores: list[DataStoreOutput]
    processors: list[ProcessorOutput]
    releases: ReleasesOutput
    traffic: dict[str, TrafficOutput] = Field(description="By service; a worker has none.")
