"""What every response of every service carries: a request id, security headers, and one line in the log."""

from __future__ import annotations

import logging
import re
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.common.pages import CONTENT_SECURITY_POLICY
from app.common.settings import ServiceSettings

_log = logging.getLogger("request")
_TRACE_ID = re.compile(rb"[A-Za-z0-9=;-]{1,128}")  # what the load balancer sends, and nothing that breaks a log line
_UNLOGGED_PATHS = {"/healthz", "/readyz"}  # asked every few seconds by the load balancer

SECURITY_HEADERS: list[tuple[bytes, bytes]] = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class ResponseHeaders:
    """Adds the common headers that a response doesn't set itself, and logs the request once that has been sent."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._headers = [*SECURITY_HEADERS]
        if settings.served_by is not None:
            self._headers.append((b"x-served-by", settings.served_by.encode()))
        if settings.release is not None:
            self._headers.append((b"x-release", settings.release.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = message.get("headers", ())
                set_already = {name for name, _ in own}
                common = (header for header in self._headers if header[0] not in set_already)
                message["headers"] = [*own, *common, (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            if status >= 500 or scope["path"] not in _UNLOGGED_PATHS:
                _log.info(
                    "served",
                    extra={
                        "fields": {
                            "method": scope["method"],
                            "route": _route(scope),
                            "status": status,
                            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                            "request_id": request_id.decode(),
                        }
                    },
                )


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-amzn-trace-id" and _TRACE_ID.fullmatch(value):
            return bytes(value)
    return secrets.token_hex(16).encode()


def _route(scope: Scope) -> str | None:
    """The path of a route that exists; what else a client asked for stays out of the log."""
    return scope["path"] if "endpoint" in scope else None
