"""Errors of the sandbox's own, in the form that the request's protocol gives them."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from sandbox.aws.server.requests import AwsRequest

STATUS = "501 Not Implemented"
"""SDKs retry 500, 502, 503 and 504, which would only delay the answer."""

REST_XML_SERVICES = ("s3", "route53", "cloudfront")


def error_response(request: AwsRequest, code: str, message: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """An AWS error that the SDK raises at once, with `code` and `message` in it."""
    if request.protocol == "query" or request.service in REST_XML_SERVICES:
        headers = [("Content-Type", "text/xml")]
        return STATUS, headers, _xml(request.service, code, message).encode()
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
    return STATUS, headers, json.dumps({"__type": code, "message": message}).encode()


def _xml(service: str, code: str, message: str) -> str:
    error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    match service:
        case "ec2":
            return f"<Response><Errors>{error}</Errors><RequestID>sandbox</RequestID></Response>"
        case "s3":
            return error
    return f"<ErrorResponse>{error}<RequestId>sandbox</RequestId></ErrorResponse>"
