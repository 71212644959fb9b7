"""Serve the providers `aws` and `docker-build`, from one process: `python -m sandbox.aws.provider --state-dir DIR`.

`--program DIR` names the program's directory, which the locations of an image's build are relative to; by default this
checkout.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.aws.images.service import ImageService
from sandbox.aws.provider.connections import Connections
from sandbox.aws.provider.registry import declarations
from sandbox.aws.provider.service import Service
from sandbox.processes import notify_ready
from sandbox.provider.sdk import resource_type
from sandbox.provider.serving import serve, stop_at_signal
from sandbox.state import LOOPBACK, SandboxState

REPOSITORY = Path(__file__).parents[3]


def _load(connections: Connections) -> None:
    """Read the SDK's types and botocore's models, so that the first update does not wait for them."""
    for declaration in declarations().values():
        _ = resource_type(declaration.type)
        connections.cloud().client(declaration.service)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="sandbox.aws.provider")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--program", type=Path, default=REPOSITORY)
    arguments = parser.parse_args()
    ports = SandboxState(arguments.state_dir).ports()
    connections = Connections(f"http://{LOOPBACK}:{ports.aws}")
    images = ImageService(connections, arguments.program)
    servers = [
        serve(f"{LOOPBACK}:{ports.aws_provider}", Service(connections))[0],
        serve(f"{LOOPBACK}:{ports.image_provider}", images)[0],
    ]
    stop_at_signal(*servers)
    notify_ready()
    _load(connections)
    for server in servers:
        server.wait_for_termination()
