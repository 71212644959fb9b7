"""What the provider says to the engine that it serves: progress and warnings beside a resource."""

from __future__ import annotations

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class Engine:
    """The engine's own end point, for its log. Without an address nothing is said."""

    def __init__(self, address: str = "") -> None:
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)) if address else None

    def progress(self, urn: str, line: str) -> None:
        """Show a line beside the resource until the next one."""
        self._log(urn, line, engine_pb2.INFO, ephemeral=True)

    def warn(self, urn: str, line: str) -> None:
        """Show a warning that stays."""
        self._log(urn, line, engine_pb2.WARNING, ephemeral=False)

    def _log(self, urn: str, line: str, severity: engine_pb2.LogSeverity.ValueType, *, ephemeral: bool) -> None:
        if self._stub is not None:
            self._stub.Log(
                engine_pb2.LogRequest(urn=urn, message=line, severity=severity, ephemeral=ephemeral), timeout=5
            )
