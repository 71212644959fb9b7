"""What `./prakerja status --json` prints: the model, and its JSON Schema in `status.schema.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_FILE = Path(__file__).with_name("status.schema.json")


class ReportModel(BaseModel):
    """A part of the report; holds exactly what it declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ZoneStatus(ReportModel):
    """A service's machines in one availability zone."""

    desired: int = Field(ge=0, description="Instances in service in the Auto Scaling group, in this zone.")
    healthy: int = Field(ge=0, description="Those of them that the load balancer finds healthy.")


class VmsStatus(ReportModel):
    """A service's virtual machines."""

    desired: int = Field(ge=0, description="The Auto Scaling group's desired capacity.")
    healthy: int = Field(ge=0, description="Targets that the load balancer finds healthy.")
    zones: dict[str, ZoneStatus] = Field(description="The same by availability zone.")


class ContainersStatus(ReportModel):
    """A service's pods."""

    desired: int = Field(ge=0, description="Replicas that the Deployment asks for now; its autoscaler moves them.")
    ready: int = Field(ge=0, description="Pods that pass their readiness probe and gates.")


class ServiceStatus(ReportModel):
    """One service."""

    kind: Literal["http", "worker"]
    share: int = Field(
        ge=0, le=100, description="Per cent of the service's traffic that goes to containers, by the live rule."
    )
    vms: VmsStatus | None = Field(description="Null where the service has no machines.")
    containers: ContainersStatus | None = Field(description="Null where the service has no containers.")


class DatabaseStatus(ReportModel):
    """The database."""

    ready: bool = Field(description="Available, and PostgreSQL carries out a statement; not so while it recovers.")


class CacheStatus(ReportModel):
    """The cache."""

    ready: bool = Field(description="Available, and its address accepts connections.")


class QueueStatus(ReportModel):
    """A work queue; SQS counts approximately."""

    waiting: int = Field(ge=0, description="Messages that nobody has received yet.")
    in_flight: int = Field(ge=0, description="Messages that a worker has received and not yet deleted.")
    dead: int = Field(ge=0, description="Messages that were given up, in the dead-letter queue.")


class ToolStatus(ReportModel):
    """A tool outside the Python environment."""

    version: str
    path: str


class StatusReport(ReportModel):
    """What runs. Where nothing does, only `state_dir`, `like` and `tools` can have values."""

    schema_version: Literal[1] = Field(default=1, description="Version of this contract.")
    running: bool = Field(description="Whether the sandbox's supervisor runs.")
    site: str | None = Field(default=None, description="The site's address.")
    stack: str = "sandbox"
    like: str | None = Field(default=None, description="The environment whose settings the sandbox was made with.")
    stale: bool = Field(default=False, description="Those settings have changed since; `up` applies them.")
    state_dir: str
    kubeconfig: str | None = Field(default=None, description="For kubectl; null where nothing runs in containers.")
    aws_endpoint: str | None = Field(default=None, description="Where every AWS API is served.")
    tools: dict[str, ToolStatus] = Field(default_factory=dict)
    services: dict[str, ServiceStatus] = Field(default_factory=dict)
    database: DatabaseStatus | None = None
    cache: CacheStatus | None = None
    queues: dict[str, QueueStatus] = Field(default_factory=dict, description="By name.")
    troubles: list[str] = Field(default_factory=list, description="What the data plane says is wrong, one line each.")
    restarted: dict[str, str] = Field(
        default_factory=dict, description="The sandbox's own processes that have died and were restarted: how, by name."
    )


def schema() -> dict[str, Any]:
    """The report's JSON Schema."""
    return StatusReport.model_json_schema(mode="serialization")


def write_schema() -> None:
    """Bring `status.schema.json` up to date with the model."""
    SCHEMA_FILE.write_text(json.dumps(schema(), indent=2) + "\n")


if __name__ == "__main__":
    write_schema()
