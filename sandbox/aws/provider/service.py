"""The provider's gRPC service: the engine's requests, answered by the declarations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from sandbox.aws.provider import checking, configuration, invokes, lifecycle
from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.connections import Connection, Connections
from sandbox.aws.provider.diffing import differences
from sandbox.aws.provider.picking import pick
from sandbox.aws.provider.registry import UnservedTypeError, declaration, declarations
from sandbox.aws.provider.work import Work
from sandbox.provider import naming
from sandbox.provider.checking import Failure
from sandbox.provider.diffing import Change, replacing, wire_diff
from sandbox.provider.refusing import Answer, Method, refusing
from sandbox.provider.schema import package_schema
from sandbox.provider.service import Context, ProviderService
from sandbox.provider.values import from_wire, to_wire
from sandbox.provider.waiting import Waiter, WaitError


def _refusing(doing: str) -> Callable[[Method[Answer]], Method[Answer]]:
    return refusing(doing, CloudError, WaitError, UnservedTypeError, ValueError, OSError)


class Service(ProviderService):
    """Serves every engine that attaches."""

    def __init__(self, connections: Connections) -> None:
        super().__init__("pulumi-aws", connections)
        self._connections = connections

    def _connection(self, context: Context) -> Connection:
        return self._connections.of(context.peer())

    def GetSchema(  # noqa: N802
        self,
        request: provider_pb2.GetSchemaRequest,  # noqa: ARG002
        context: Context,  # noqa: ARG002
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=package_schema("aws", tuple(declarations())))

    @_refusing("checking the settings of")
    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: N802
        found = configuration.failures(from_wire(request.news), self._connection(context).cloud)
        return provider_pb2.CheckResponse(inputs=request.news, failures=_wire_failures(found))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802
        replaces = configuration.replacing(from_wire(request.olds), from_wire(request.news))
        changed = provider_pb2.DiffResponse.DIFF_SOME if replaces else provider_pb2.DiffResponse.DIFF_UNKNOWN
        return provider_pb2.DiffResponse(changes=changed, replaces=replaces)

    @_refusing("checking")
    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: N802
        declared = declaration(request.type)
        olds, news = from_wire(request.olds), from_wire(request.news)
        found = checking.failures(declared, self._connection(context).cloud, news)
        if not found and declared.naming is not None:
            try:
                news = naming.named(declared.naming, request.name, request.randomSeed, olds, news)
            except naming.NameTooLongError as error:
                found = [Failure(declared.naming.input, str(error))]
        return provider_pb2.CheckResponse(inputs=to_wire(news), failures=_wire_failures(found))

    @_refusing("comparing")
    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: N802
        declared = declaration(request.type)
        news = from_wire(request.news)
        found = differences(declared, from_wire(request.old_inputs), news)
        unknown = sorted({difference.path for difference in found if difference.change is Change.UNKNOWN})
        if unknown:
            self._connection(context).engine.warn(
                request.urn,
                f"replacement unknown: whether AWS changes {', '.join(unknown)} in place; treated as a replacement",
            )
        replaces = set(replacing(found))
        first = declared.delete_before_replace or naming.taken(declared.naming, request.name, news, replaces)
        return wire_diff(found, delete_first=first)

    @_refusing("creating")
    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:  # noqa: N802
        work = self._work(request, context, inputs=from_wire(request.properties))
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_wire(lifecycle.foreseen(work)))
        state = lifecycle.create(work)
        return provider_pb2.CreateResponse(id=work.id, properties=to_wire(state))

    @_refusing("reading")
    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:  # noqa: N802
        declared = declaration(request.type)
        old_inputs = from_wire(request.inputs)
        work = self._work(
            request, context, inputs=old_inputs, old_inputs=old_inputs, state=from_wire(request.properties)
        )
        lifecycle.adopt_id(work)
        model = lifecycle.model_of(work)
        if model is None:
            return provider_pb2.ReadResponse()
        inputs = lifecycle.inputs_as_they_are(work, model)
        state = lifecycle.outputs(work, model)
        if declared.identity:
            work.id = pick(declared.identity, model)
        return provider_pb2.ReadResponse(id=work.id, inputs=to_wire(inputs), properties=to_wire(state))

    @_refusing("updating")
    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:  # noqa: N802
        declared = declaration(request.type)
        olds, news = from_wire(request.old_inputs), from_wire(request.news)
        work = self._work(request, context, inputs=news, old_inputs=olds, state=from_wire(request.olds))
        work.changed = frozenset(difference.input for difference in differences(declared, olds, news))
        state = lifecycle.foreseen(work) if request.preview else lifecycle.update(work)
        return provider_pb2.UpdateResponse(properties=to_wire(state))

    @_refusing("deleting")
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:  # noqa: N802
        inputs = from_wire(request.old_inputs)
        lifecycle.delete(
            self._work(request, context, inputs=inputs, old_inputs=inputs, state=from_wire(request.properties))
        )
        return empty_pb2.Empty()

    @_refusing("invoking")
    def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:  # noqa: N802
        answered = invokes.invoke(request.tok, self._connection(context).cloud, from_wire(request.args))
        return provider_pb2.InvokeResponse(**{"return": to_wire(answered)})  # type: ignore[arg-type] # a keyword

    def _work(self, request: Any, context: Context, **properties: Any) -> Work:
        connection = self._connection(context)
        declared = declaration(request.type)
        waiter = Waiter(
            time_out=getattr(request, "timeout", 0) or declared.time_out,
            cancelled=connection.cancelled,
            alive=context.is_active,
            report=lambda line: connection.engine.progress(request.urn, line),
        )
        return Work(
            declaration=declared,
            cloud=connection.cloud,
            waiter=waiter,
            name=request.name,
            id=getattr(request, "id", ""),
            default_tags=connection.default_tags,
            **properties,
        )


def _wire_failures(found: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.path, reason=failure.reason) for failure in found]
