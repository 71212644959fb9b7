"""The stack's outputs: the one contract by which everything outside the program knows the platform.

The same shape in every environment. Each top-level field is one stack output. Never a secret in clear.
"""

from __future__ import annotations

from typing import Any, Literal

import pulumi
from pydantic import BaseModel, ConfigDict, Field


class OutputModel(BaseModel):
    """A part of the outputs; holds exactly what it declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class ServiceOutput(OutputModel):
    """A service and where it runs."""

    kind: Literal["http", "worker"]
    owner: str
    vms: VmsOutput
    containers: None = Field(description="Nothing runs in containers yet.")
    initial_container_share: int = Field(description="Per cent of traffic for containers when the rule was made.")
    health_path: str | None = Field(description="Answers while the process is well; none for a worker.")
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


class MaintenanceOutput(OutputModel):
    """The machine that migrations run on."""

    instance_id: str


class PlatformOutputs(OutputModel):
    """All outputs of a stack."""

    schema_version: Literal[1] = Field(description="Version of this contract.")
    environment: str
    region: str
    site: SiteOutput
    services: dict[str, ServiceOutput]
    database: DatabaseOutput
    artefact: ArtefactOutput
    network: NetworkOutput
    maintenance: MaintenanceOutput
    protected: list[str] = Field(description="Logical names of what deletion protection holds.")


def export_outputs(**fields: Any) -> None:
    """Export one stack output for each field of PlatformOutputs, once the values in them are known and of its shape."""
    outputs = pulumi.Output.all(**fields).apply(
        lambda known: PlatformOutputs.model_validate(known).model_dump(mode="json")
    )
    for name in PlatformOutputs.model_fields:
        pulumi.export(name, outputs[name])
