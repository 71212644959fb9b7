"""What the provider says to the engine that it serves: progress and warnings beside a resource."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_TIME_OUT_SECONDS = 5.0


@dataclass(frozen=True)
class Engine:
    """The engine's own end point, for its log. Without an address nothing is said."""

    address: str = ""

    def progress(self, urn: str, line: str) -> None:
        """Show a line beside the resource until the next one."""
        self._log(urn, line, engine_pb2.INFO, ephemeral=True)

    def warn(self, urn: str, line: str) -> None:
        """Show a warning that stays."""
        self._log(urn, line, engine_pb2.WARNING, ephemeral=False)

    def _log(self, urn: str, line: str, severity: engine_pb2.LogSeverity.ValueType, *, ephemeral: bool) -> None:
        if not self.address:
            return
        request = engine_pb2.LogRequest(urn=urn, message=line, severity=severity, ephemeral=ephemeral)
        # A connection a line: lines are few, and an engine that has gone leaves none behind. A line that can't be
        # said is no reason to fail what it is about.
        with grpc.insecure_channel(self.address) as channel, contextlib.suppress(grpc.RpcError):
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=_TIME_OUT_SECONDS)
