"""The gRPC service of a vendor's provider: the engine's requests, answered from the vendor's record."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from sandbox.provider import naming
from sandbox.provider.checking import Failure, unknown_settings
from sandbox.provider.diffing import replacing, wire_diff
from sandbox.provider.refusing import Answer, Method, refusing
from sandbox.provider.schema import package_schema
from sandbox.provider.sdk import SDKS, resource_type
from sandbox.provider.service import Context, ProviderService, Unconnected
from sandbox.provider.values import Properties, Secret, from_wire, to_wire
from sandbox.saas import lifecycle
from sandbox.saas.checking import failures
from sandbox.saas.declaration import Recorded
from sandbox.saas.record import Record
from sandbox.saas.registry import VENDORS, UnservedTypeError, declaration


def _refusing(doing: str) -> Callable[[Method[Answer]], Method[Answer]]:
    return refusing(doing, LookupError, ValueError, OSError)


class SaasService(ProviderService):
    """Serves one vendor's provider.

    vendor: the provider's name. record: what the vendor has of us.
    """

    def __init__(self, vendor: str, record: Record) -> None:
        super().__init__(SDKS[vendor].distribution, Unconnected())
        self._vendor = vendor
        self._record = record

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Context) -> provider_pb2.GetSchemaResponse:  # noqa: ARG002, N802
        return provider_pb2.GetSchemaResponse(schema=package_schema(self._vendor, tuple(VENDORS[self._vendor])))

    @_refusing("checking the settings of")
    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002, N802
        found = unknown_settings(self._vendor, from_wire(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_wire_failures(found))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802
        olds, news = from_wire(request.olds), from_wire(request.news)
        changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE, diffs=changed)

    @_refusing("checking")
    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002, N802
        declared = declaration(request.type)
        olds, news = from_wire(request.olds), from_wire(request.news)
        found = failures(declared, news)
        if not found and declared.naming is not None:
            try:
                news = naming.named(declared.naming, request.name, request.randomSeed, olds, news)
            except naming.NameTooLongError as error:
                found = [Failure(declared.naming.input, str(error))]
        return provider_pb2.CheckResponse(inputs=to_wire(news), failures=_wire_failures(found))

    @_refusing("comparing")
    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802
        declared = declaration(request.type)
        news = from_wire(request.news)
        found = lifecycle.differences(declared, from_wire(request.old_inputs), news)
        return wire_diff(found, delete_first=naming.taken(declared.naming, request.name, news, set(replacing(found))))

    @_refusing("creating")
    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:  # noqa: ARG002, N802
        declared = declaration(request.type)
        inputs = from_wire(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_wire(lifecycle.foreseen(declared, inputs)))
        made = lifecycle.create(self._record, declared, inputs)
        return provider_pb2.CreateResponse(id=made.id, properties=to_wire(_marked(declared, made.outputs)))

    @_refusing("reading")
    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:  # noqa: ARG002, N802
        declared = declaration(request.type)
        state, inputs = from_wire(request.properties), from_wire(request.inputs)
        found = lifecycle.read(self._record, declared, request.id, state, inputs)
        if found is None:
            return provider_pb2.ReadResponse()
        outputs = to_wire(_marked(declared, found.outputs))
        return provider_pb2.ReadResponse(id=found.id, inputs=to_wire(found.inputs), properties=outputs)

    @_refusing("updating")
    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:  # noqa: ARG002, N802
        declared = declaration(request.type)
        state, news = from_wire(request.olds), from_wire(request.news)
        if request.preview:
            outputs = lifecycle.foreseen_change(declared, state, from_wire(request.old_inputs), news)
        else:
            outputs = lifecycle.update(self._record, declared, request.id, state, news).outputs
        return provider_pb2.UpdateResponse(properties=to_wire(_marked(declared, outputs)))

    @_refusing("deleting")
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:  # noqa: ARG002, N802
        lifecycle.delete(self._record, declaration(request.type), request.id, from_wire(request.properties))
        return empty_pb2.Empty()

    @_refusing("invoking")
    def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:  # noqa: ARG002, N802
        raise UnservedTypeError(f"the sandbox answers no function of {self._vendor}'s")


def _marked(declared: Recorded, outputs: Properties) -> Properties:
    """The outputs, those that the SDK says are secret marked so: an import has nobody else to mark them."""
    hidden = resource_type(declared.type).secrets
    return {name: Secret(value) if name in hidden else value for name, value in outputs.items()}


def _wire_failures(found: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.path, reason=failure.reason) for failure in found]
