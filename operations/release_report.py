"""What `./prakerja release --json` prints."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from operations.status_report import ReportModel


class RunningRelease(ReportModel):
    """The machines of one release. `healthy` ones serve; the others start, drain, or fail."""

    machines: int = Field(ge=0)
    healthy: int = Field(ge=0)


class RefreshReport(ReportModel):
    """A group's latest instance refresh; the words are Auto Scaling's own."""

    status: str
    percentage: int = Field(ge=0, le=100)
    reason: str | None


class ServiceReleases(ReportModel):
    """One service."""

    desired: str = Field(description="The release that its group is to run: the artefact's digest, 12 digits.")
    running: dict[str, RunningRelease] = Field(description="By release.")
    instances: dict[str, str] = Field(description="Each instance's release.")
    refresh: RefreshReport | None


class ReleaseReport(ReportModel):
    """Which release runs where."""

    schema_version: Literal[1] = 1
    program: str = Field(description="The release that the program's last update deployed.")
    services: dict[str, ServiceReleases]
