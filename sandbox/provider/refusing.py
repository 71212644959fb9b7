"""How a request fails towards the engine: an error that names the resource, and the state of what exists anyway."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from sandbox.provider.values import Properties, to_wire

Answer = TypeVar("Answer")
Method = Callable[[Any, Any, grpc.ServicerContext], Answer]


class IncompleteError(RuntimeError):
    """The resource exists but did not become what was asked for; its state is kept.

    inputs: what a refresh found, where it is a refresh that fails.
    """

    def __init__(self, reason: str, resource_id: str, state: Properties, inputs: Properties | None = None) -> None:
        super().__init__(reason)
        self.id = resource_id
        self.state = state
        self.inputs = inputs


def refusing(doing: str, *errors: type[Exception]) -> Callable[[Method[Answer]], Method[Answer]]:
    """Turn `errors`, and what is incomplete, into the engine's error, naming the resource.

    doing: what the request does with the resource, as in "creating".
    """

    def decorate(method: Method[Answer]) -> Method[Answer]:
        @wraps(method)
        def guarded(service: Any, request: Any, context: grpc.ServicerContext) -> Answer:
            try:
                return method(service, request, context)
            except IncompleteError as error:
                _abort_incomplete(context, f"{doing} {_subject(request)}: {error}", error)
            except errors as error:
                context.abort(grpc.StatusCode.UNKNOWN, f"{doing} {_subject(request)}: {error}")

        return guarded

    return decorate


def _subject(request: Any) -> str:
    if isinstance(request, provider_pb2.InvokeRequest):
        return request.tok
    subject = f"{request.type} {request.name!r}"
    return f"{subject} ({request.id})" if getattr(request, "id", "") else subject


def _abort_incomplete(context: grpc.ServicerContext, message: str, error: IncompleteError) -> NoReturn:
    """Fail, but have the engine keep the state of what exists."""
    detail = provider_pb2.ErrorResourceInitFailed(id=error.id, properties=to_wire(error.state), reasons=[str(error)])
    if error.inputs is not None:
        detail.inputs.CopyFrom(to_wire(error.inputs))
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)
