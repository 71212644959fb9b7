"""The provider's gRPC service: the engine's requests, answered by the API server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from sandbox.kubernetes.provider import configuration, foresight, lifecycle, manifest
from sandbox.kubernetes.provider.cluster import ClusterGoneError, UnreachableError
from sandbox.kubernetes.provider.connections import Connection, Connections
from sandbox.kubernetes.provider.diffing import name_is_kept
from sandbox.kubernetes.provider.discovery import UnknownKindError
from sandbox.kubernetes.provider.foresight import Verdict
from sandbox.kubernetes.provider.kinds import UnservedTypeError, kind_of
from sandbox.kubernetes.provider.objects import Work
from sandbox.kubernetes.provider.problems import Problem
from sandbox.kubernetes.provider.refusals import RefusedError
from sandbox.provider.refusing import Answer, Method, refusing
from sandbox.provider.service import Context, ProviderService
from sandbox.provider.values import UNKNOWN, Properties, from_wire, to_wire
from sandbox.provider.waiting import Waiter, WaitError

# pulumi-kubernetes's own.
_TIME_OUT_SECONDS = 600.0


def _refusing(doing: str) -> Callable[[Method[Answer]], Method[Answer]]:
    return refusing(
        doing, RefusedError, UnreachableError, WaitError, UnknownKindError, UnservedTypeError, ValueError, OSError
    )


class Service(ProviderService):
    """Serves every provider of every engine that attaches."""

    def __init__(self, connections: Connections) -> None:
        super().__init__("pulumi-kubernetes", connections)
        self._connections = connections

    def _connection(self, context: Context) -> Connection:
        return self._connections.of(context.peer())

    @_refusing("checking the settings of")
    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002, N802
        found = configuration.failures(from_wire(request.news), self._connections.surroundings.administrator)
        return provider_pb2.CheckResponse(inputs=request.news, failures=_wire_failures(found))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002, N802
        olds, news = from_wire(request.old_inputs) or from_wire(request.olds), from_wire(request.news)
        changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
        if not changed:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
        replaces = configuration.replacing(olds, news)
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_SOME, diffs=changed, replaces=replaces)

    @_refusing("checking")
    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: N802
        work = self._work(request, context, inputs=from_wire(request.news), old_inputs=from_wire(request.olds))
        found = _misnamed(work)
        if not found:
            work.inputs = manifest.named(work.inputs, work.old_inputs, request.name, request.randomSeed)
            work.inputs = _placed(work)
            found = foresight.refused(work)
        inputs = manifest.with_secrets(work.inputs, work.kind)
        return provider_pb2.CheckResponse(inputs=to_wire(inputs), failures=_wire_failures(found))

    @_refusing("comparing")
    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: N802
        work = self._work(
            request,
            context,
            inputs=from_wire(request.news),
            old_inputs=from_wire(request.old_inputs),
            state=from_wire(request.olds),
        )
        verdict = foresight.compare(work, self._connection(context).settings.mutable)
        return _wire_diff(work, verdict)

    @_refusing("creating")
    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:  # noqa: N802
        work = self._work(request, context, inputs=from_wire(request.properties))
        if request.preview:
            foreseen = manifest.with_secrets(foresight.outputs(work), work.kind)
            return provider_pb2.CreateResponse(properties=to_wire(foreseen))
        state = lifecycle.create(work, upsert=self._connection(context).settings.upsert)
        return provider_pb2.CreateResponse(id=work.id, properties=to_wire(state))

    @_refusing("reading")
    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:  # noqa: N802
        old_inputs = from_wire(request.inputs)
        work = self._work(
            request,
            context,
            inputs=old_inputs or _inputs_of_id(request.id),
            old_inputs=old_inputs,
            state=from_wire(request.properties),
        )
        try:
            found = lifecycle.read(work)
        except ClusterGoneError:
            found = None
        if found is None:
            return provider_pb2.ReadResponse()
        inputs, state = found
        return provider_pb2.ReadResponse(id=work.id, inputs=to_wire(inputs), properties=to_wire(state))

    @_refusing("updating")
    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:  # noqa: N802
        work = self._work(
            request,
            context,
            inputs=from_wire(request.news),
            old_inputs=from_wire(request.old_inputs),
            state=from_wire(request.olds),
        )
        if request.preview:
            foreseen = manifest.with_secrets(foresight.outputs(work), work.kind)
            return provider_pb2.UpdateResponse(properties=to_wire(foreseen))
        return provider_pb2.UpdateResponse(properties=to_wire(lifecycle.update(work)))

    @_refusing("deleting")
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:  # noqa: N802
        inputs = from_wire(request.old_inputs)
        work = self._work(request, context, inputs=inputs, old_inputs=inputs, state=from_wire(request.properties))
        try:
            lifecycle.delete(work)
        except UnreachableError as error:
            gone = isinstance(error, ClusterGoneError) or self._connection(context).settings.delete_unreachable
            if not gone:
                raise
        return empty_pb2.Empty()

    def _work(self, request: Any, context: Context, *, inputs: Properties, **properties: Properties) -> Work:
        connection = self._connection(context)
        kind = kind_of(request.type, inputs)
        asked = manifest.annotation(inputs, manifest.TIMEOUT_SECONDS)
        waiter = Waiter(
            time_out=getattr(request, "timeout", 0) or float(asked or _TIME_OUT_SECONDS),
            cancelled=connection.cancelled,
            alive=context.is_active,
            report=lambda line: connection.engine.progress(request.urn, line),
        )
        return Work(
            kind=kind,
            cluster=connection.cluster,
            discovery=connection.discovery,
            waiter=waiter,
            urn=request.urn,
            inputs=inputs,
            controllers=connection.surroundings.controllers,
            forced=connection.settings.force or manifest.annotation(inputs, manifest.PATCH_FORCE) == "true",
            **properties,
        )


def _misnamed(work: Work) -> list[Problem]:
    known = manifest.metadata(work.inputs)
    if "generateName" in known:
        return [Problem("metadata.generateName", "does not go with server-side apply; leave the name out instead")]
    if work.kind.patch and not known.get("name") and work.inputs.get("metadata") is not UNKNOWN:
        return [Problem("metadata.name", "is required: a patch names the object that it is for")]
    return []


def _placed(work: Work) -> Properties:
    """The inputs with their namespace, as far as it is known whether the kind has one."""
    try:
        namespaced = work.discovery.resource(work.kind).namespaced
    except UnknownKindError:
        return work.inputs
    return manifest.in_namespace(work.inputs, work.cluster.namespace) if namespaced else work.inputs


def _inputs_of_id(resource_id: str) -> Properties:
    """What an import's id says: `namespace/name`, or `name`."""
    namespace, _, name = resource_id.rpartition("/")
    return {"metadata": {"name": name, **({"namespace": namespace} if namespace else {})}}


def _wire_failures(found: Iterable[Problem]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=problem.path, reason=problem.reason) for problem in found]


def _wire_diff(work: Work, verdict: Verdict) -> provider_pb2.DiffResponse:
    if not verdict.found:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
    kinds = {
        difference.path: f"{difference.change.value}{'_REPLACE' if difference.path in verdict.replaces else ''}"
        for difference in verdict.found
    }
    wire_kind = provider_pb2.PropertyDiff.Kind.Value
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        diffs=sorted({_first(path) for path in kinds}),
        replaces=sorted(verdict.replaces),
        deleteBeforeReplace=bool(verdict.replaces) and name_is_kept(work.old_inputs, work.inputs),
        hasDetailedDiff=True,
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=wire_kind(kind), inputDiff=True) for path, kind in kinds.items()
        },
    )


def _first(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
