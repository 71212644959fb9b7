"""Errors of the sandbox's own, in the form that each AWS protocol gives them."""

from __future__ import annotations

from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from sandbox.aws.server.requests import AwsRequest

STATUS = "501 Not Implemented"
"""SDKs retry 500, 502, 503 and 504, which would only delay the answer."""


def error_response(request: AwsRequest, code: str, message: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """An AWS error that the SDK raises at once, with `code` and `message` in it."""
    model = get_service_model(request.service)
    protocol = str(model.metadata["protocol"])
    serializer = get_serializer_class(model.service_name, protocol)(operation_model=OperationModel({}, model))
    serialized = serializer.serialize(ServiceException(code, message))
    headers = [(name, str(value)) for name, value in serialized["headers"].items()]
    body = serialized["body"]
    return STATUS, headers, body.encode() if isinstance(body, str) else body
