"""What `./prakerja release --json` prints: the model, and its JSON Schema in `release.schema.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from operations.status_report import ReportModel

SCHEMA_FILE = Path(__file__).with_name("release.schema.json")


class RunningRelease(ReportModel):
    """The machines or pods of one release. `healthy` ones serve; the others start, drain, or fail."""

    number: int = Field(ge=0)
    healthy: int = Field(ge=0)


class RefreshReport(ReportModel):
    """A group's latest instance refresh; the words are Auto Scaling's own."""

    status: str
    percentage: int = Field(ge=0, le=100)
    reason: str | None


class MachinesReleases(ReportModel):
    """A service's machines."""

    desired: str = Field(description="The release that the group is to run: the artefact's digest, 12 digits.")
    running: dict[str, RunningRelease] = Field(description="By release.")
    instances: dict[str, str] = Field(description="Each instance's release.")
    refresh: RefreshReport | None


class ContainersReleases(ReportModel):
    """A service's pods, those that are ending left out."""

    desired: str = Field(
        description="The release that the Deployment is to run, by its image: the artefact's digest, 12 digits; "
        "`unknown` where the registry does not say."
    )
    image: str = Field(description="The Deployment's image, by its own digest.")
    running: dict[str, RunningRelease] = Field(description="By release.")
    pods: dict[str, str] = Field(description="Each pod's release, by its image.")
    under_way: bool = Field(description="Whether pods are being replaced.")
    reason: str | None = Field(description="Why Kubernetes says that this makes no progress.")


class ServiceReleases(ReportModel):
    """One service."""

    machines: MachinesReleases | None = Field(description="Null where the service has no machines.")
    containers: ContainersReleases | None = Field(description="Null where the service has no containers.")


class ReleaseReport(ReportModel):
    """Which release runs where."""

    schema_version: Literal[2] = Field(default=2, description="Version of this contract; 1 knew machines alone.")
    program: str = Field(description="The release that the program's last update deployed.")
    services: dict[str, ServiceReleases]


def schema() -> str:
    """The report's JSON Schema."""
    return json.dumps(ReleaseReport.model_json_schema(mode="serialization"), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema())
