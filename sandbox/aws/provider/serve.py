"""Serve the provider: `python -m sandbox.aws.provider --state-dir DIR`."""

from __future__ import annotations

import argparse
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.aws.provider.connections import Connections
from sandbox.aws.provider.registry import declarations
from sandbox.aws.provider.sdk import resource_type
from sandbox.aws.provider.service import Service
from sandbox.processes import notify_ready
from sandbox.state import LOOPBACK, SandboxState

# More than the engine asks for at once by default; a thread that waits costs nothing.
_THREADS = 96
# A cloud-config and a policy fit many times over; the engine itself allows 400 MiB.
_MESSAGE_BYTES = 64 * 1024 * 1024
_GRACE_SECONDS = 2.0


def serve(address: str, connections: Connections) -> tuple[grpc.Server, int]:
    """Start serving at `host:port` (0: any free port), and answer the server and its port."""
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Service(connections), server)
    port = server.add_insecure_port(address)
    server.start()
    return server, port


def _load(connections: Connections) -> None:
    """Read the SDK's types and botocore's models, so that the first update does not wait for them."""
    for declaration in declarations().values():
        _ = resource_type(declaration.type)
        connections.cloud().client(declaration.service)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="sandbox.aws.provider")
    parser.add_argument("--state-dir", type=Path, required=True)
    ports = SandboxState(parser.parse_args().state_dir).ports()
    connections = Connections(f"http://{LOOPBACK}:{ports.aws}")
    server, _ = serve(f"{LOOPBACK}:{ports.aws_provider}", connections)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop(_GRACE_SECONDS))
    notify_ready()
    _load(connections)
    server.wait_for_termination()
