"""What the node agent and the runtime say to each other: HTTP with JSON bodies over a Unix socket.

POST   /images                      an ArtefactSource: fetch and unpack it; {}
POST   /containers                  a StartRequest; the new Container
GET    /containers?after=N&timeout=S   a Listing whose generation exceeds N, or the present one when the time is up
POST   /containers/<id>/signal      a SignalRequest; {}
DELETE /containers/<id>             forget a container that has ended; {}

A refusal is status 409 with {"error": …}.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from sandbox.dataplane.runner.artefacts import ArtefactSource
from sandbox.state import SandboxState


def socket_path(state: SandboxState) -> Path:
    """Where the runtime listens."""
    return state.run / "pod-runtime.sock"


class StartRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A container to start. `attempt` counts a container's restarts in its pod; `log` is the file it writes to."""

    pod_uid: str
    container: str
    attempt: int
    artefact: ArtefactSource
    module: str
    arguments: list[str]
    environment: dict[str, str]
    process_name: str
    log: str


class SignalRequest(msgspec.Struct, frozen=True):
    """A signal's number."""

    number: int


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """A container that the runtime started.

    generation: that of the last change of this record. started_at, ended_at: seconds since the epoch.
    exit_status: None while it runs; negative: the signal that ended it.
    """

    id: str
    generation: int
    pod_uid: str
    container: str
    attempt: int
    pid: int
    started_at: float
    ended_at: float | None = None
    exit_status: int | None = None


class Listing(msgspec.Struct, frozen=True):
    """All containers. Generations of a later runtime are greater than those of an earlier one."""

    generation: int
    containers: list[Container]
