"""What every provider answers alike: who it is, that a run begins, how it is set up, that it was given up."""

from __future__ import annotations

from importlib.metadata import version
from typing import Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.provider.engine import Engine
from sandbox.provider.values import Properties, from_wire

Context = grpc.ServicerContext


class EngineConnections(Protocol):
    """The engine runs that are connected, each known by its peer's address."""

    def begin(self, peer: str, engine: Engine) -> None:
        """A new run has connected, perhaps from an address that an earlier one had."""

    def configure(self, peer: str, settings: Properties, /) -> None:
        """Set up the peer's connection by the provider's settings, as the engine passes them."""

    def cancel(self, peer: str) -> None:
        """The peer has given up: what waits on its behalf ends."""


class Unconnected:
    """The runs of a provider that knows nothing of them: whose settings say nothing, and that never waits."""

    def begin(self, peer: str, engine: Engine) -> None:
        pass

    def configure(self, peer: str, settings: Properties, /) -> None:
        pass

    def cancel(self, peer: str) -> None:
        pass


class ProviderService(provider_pb2_grpc.ResourceProviderServicer):
    """Serves every provider of every engine run that attaches.

    sdk: the distribution of the program's SDK, whose version is the provider's too.
    """

    def __init__(self, sdk: str, connections: EngineConnections) -> None:
        self._sdk = sdk
        self._runs = connections

    def Handshake(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        self._runs.begin(context.peer(), Engine(request.engine_address))
        return provider_pb2.ProviderHandshakeResponse()  # accepts no secrets: the engine strips and re-marks them

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:  # noqa: N802
        self._runs.begin(context.peer(), Engine(request.address))
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:  # noqa: ARG002, N802
        return plugin_pb2.PluginInfo(version=version(self._sdk))

    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        self._runs.configure(context.peer(), from_wire(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:  # noqa: ARG002, N802
        self._runs.cancel(context.peer())
        return empty_pb2.Empty()
