"""The provider's gRPC service: the engine's requests, answered by the resource types.

There is no cloud behind it: what a resource is, is what the engine's state says.
"""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from sandbox.provider.checking import Failure, nearest, unknown_settings
from sandbox.provider.diffing import Change, Difference, changed_paths, wire_diff
from sandbox.provider.diffing import Kind as Changed
from sandbox.provider.refusing import Answer, Method, refusing
from sandbox.provider.schema import package_schema
from sandbox.provider.sdk import SDKS
from sandbox.provider.service import Context, ProviderService, Unconnected
from sandbox.provider.values import UNKNOWN, Properties, Secret, contains_unknown, from_wire, to_wire
from sandbox.tls.resources import KINDS, READY, RENEWAL, Kind, due

PACKAGE = "tls"


class RefusedError(ValueError):
    """What the provider does not do."""


def _refusing(doing: str) -> Callable[[Method[Answer]], Method[Answer]]:
    return refusing(doing, ValueError)


class TlsService(ProviderService):
    """Makes real keys and certificates for every engine that attaches."""

    def __init__(self) -> None:
        super().__init__(SDKS[PACKAGE].distribution, Unconnected())

    def GetSchema(  # noqa: N802
        self,
        request: provider_pb2.GetSchemaRequest,  # noqa: ARG002
        context: Context,  # noqa: ARG002
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=package_schema(PACKAGE, tuple(KINDS)))

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002, N802
        found = unknown_settings(PACKAGE, from_wire(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_wire_failures(found))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    @_refusing("checking")
    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002, N802
        found = _kind(request.type).failures(from_wire(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_wire_failures(found))

    @_refusing("comparing")
    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802
        kind = _kind(request.type)
        olds, news = ({**kind.defaults, **from_wire(inputs)} for inputs in (request.old_inputs, request.news))
        found = [
            Difference(path, name, changed, Change.UPDATES if name == RENEWAL else Change.REPLACES)
            for name in sorted({*olds, *news})
            if olds.get(name) != news.get(name)
            for path, changed in changed_paths(name, olds.get(name), news.get(name))
        ]
        early = news.get(RENEWAL, 0)
        renewal = early is not UNKNOWN and due(from_wire(request.olds), early)
        if renewal:
            found.append(Difference(READY, READY, Changed.UPDATE, Change.REPLACES))
        answer = wire_diff(found, delete_first=False)
        if renewal:
            answer.detailedDiff[READY].inputDiff = False
        return answer

    @_refusing("creating")
    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:  # noqa: ARG002, N802
        kind, inputs = _kind(request.type), from_wire(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_wire(kind.foreseen(inputs)))
        if contains_unknown(inputs):
            raise RefusedError("some inputs are not known, though this is no preview")
        resource_id, state = kind.created(inputs)
        return provider_pb2.CreateResponse(id=resource_id, properties=to_wire(_encrypted(kind, state)))

    @_refusing("reading")
    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:  # noqa: ARG002, N802
        kind, state = _kind(request.type), from_wire(request.properties)
        if not state.keys() & kind.outputs:
            raise RefusedError("can't be imported: nobody but its maker knows its keys")
        if due(state, state.get(RENEWAL, 0)):
            state[READY] = True
        return provider_pb2.ReadResponse(
            id=request.id, inputs=request.inputs, properties=to_wire(_encrypted(kind, state))
        )

    @_refusing("updating")
    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:  # noqa: ARG002, N802
        """Only how early to renew can change: the certificate itself stays."""
        kind = _kind(request.type)
        state = {**from_wire(request.olds), RENEWAL: {**kind.defaults, **from_wire(request.news)}[RENEWAL]}
        return provider_pb2.UpdateResponse(properties=to_wire(_encrypted(kind, state)))

    @_refusing("deleting")
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:  # noqa: ARG002, N802
        """The engine forgets it, and nobody else has it."""
        _kind(request.type)
        return empty_pb2.Empty()


def _kind(token: str) -> Kind:
    if token not in KINDS:
        raise RefusedError(f"the sandbox's {PACKAGE} provider has no such type{nearest(token, KINDS)}")
    return KINDS[token]


def _encrypted(kind: Kind, state: Properties) -> Properties:
    return {name: Secret(value) if name in kind.sdk.secrets else value for name, value in state.items()}


def _wire_failures(found: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.path, reason=failure.reason) for failure in found]
