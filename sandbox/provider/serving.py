"""Serving a provider to every engine that attaches, until SIGTERM."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

# More than the engine asks for at once by default; a thread that waits costs nothing.
_THREADS = 96
# A cloud-config and a policy fit many times over; the engine itself allows 400 MiB.
_MESSAGE_BYTES = 64 * 1024 * 1024
_GRACE_SECONDS = 2.0


def serve(address: str, servicer: provider_pb2_grpc.ResourceProviderServicer) -> tuple[grpc.Server, int]:
    """Start serving at `host:port` (0: any free port), and answer the server and its port."""
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port(address)
    server.start()
    return server, port


def stop_at_signal(*servers: grpc.Server) -> None:
    """Have the first SIGTERM or SIGINT end the servers, what they are doing within moments.

    Further ones are ignored: while the interpreter ends, they would kill the process instead.
    """

    def stop(*_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for server in servers:
            server.stop(_GRACE_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
