"""The log of an engine that a provider is attached to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2

from tests.sandbox.provider.engine_driver import EngineDriver


class EngineLog(engine_pb2_grpc.EngineServicer):
    """An engine that keeps what is said to it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        self.lines.append(request.message)
        return empty_pb2.Empty()


@contextmanager
def engine_log(engine: EngineDriver) -> Iterator[EngineLog]:
    """Attach the provider to an engine that logs."""
    log, server = EngineLog(), grpc.server(ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    engine.stub.Attach(plugin_pb2.PluginAttach(address=f"127.0.0.1:{port}"))
    yield log
    server.stop(None)
