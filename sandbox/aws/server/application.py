"""The WSGI application: moto's own dispatcher, one request at a time, and clean errors where moto has none."""

from __future__ import annotations

import io
import select
import socket
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox.aws.server import partners, private_api, sendgrid
from sandbox.aws.server.cloud import Cloud
from sandbox.aws.server.corrections.queues import NothingYetError, poll_began
from sandbox.aws.server.errors import error_response
from sandbox.aws.server.private_api import PrivateApi
from sandbox.aws.server.requests import AwsRequest

Answer = tuple[str, list[tuple[str, str]], bytes]

SHORTEST_WAIT, LONGEST_WAIT = 0.05, 1.0
"""Seconds between two looks of a long poll: a message may also have become visible again."""

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class CloudApplication:
    """Answers AWS's APIs, and what has paths of its own: the private end points and the stand-ins for others.

    Browsers are kept out, since any page that they show could ask: one that was lured to another name for this
    address (DNS rebinding) sends that name as its Host, and one that asks across origins names the page's. So
    `bucket.localhost` is refused too: clients on loopback use path-style addresses.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._beside: dict[str, Callable[[WSGIEnvironment], Answer]] = {
            private_api.PREFIX: PrivateApi(cloud).answer,
            partners.PREFIX: partners.Partners(cloud).answer,
            sendgrid.PREFIX: sendgrid.SendGrid(cloud).answer,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, headers, body = self._answer(environ)
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers = [*headers, ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        if environ.get("HTTP_HOST", "").rsplit(":", 1)[0] not in LOOPBACK_NAMES or "HTTP_ORIGIN" in environ:
            return "403 Forbidden", [("Content-Type", "text/plain")], b"Only programs on this machine are served.\n"
        _buffer_body(environ)
        for prefix, answer_below in self._beside.items():
            if environ["PATH_INFO"].startswith(prefix):
                return answer_below(environ)
        request = AwsRequest.of(environ)
        if request.waits:
            return self._poll(request, environ)
        with self._cloud.lock:
            answer = self._ask_moto(request, environ)
            if request.changes:
                self._cloud.mark_changed(shown=not request.carries_data)
        return answer

    def _poll(self, request: AwsRequest, environ: WSGIEnvironment) -> Answer:
        """Ask until there is something, time is up, or nobody listens any more: a message must not be lost on them."""
        poll_began.set(time.monotonic())
        while True:
            environ["wsgi.input"].seek(0)
            with self._cloud.lock:
                changes = self._cloud.changes
                try:
                    return self._ask_moto(request, environ)
                except NothingYetError:
                    pass
            self._cloud.wait_for_change(changes, LONGEST_WAIT)
            time.sleep(SHORTEST_WAIT)
            if _has_hung_up(environ):
                return "204 No Content", [], b""

    def _ask_moto(self, request: AwsRequest, environ: WSGIEnvironment) -> Answer:
        try:
            status, headers, body = _call(self._moto, environ)
        except NotImplementedError:
            return _missing(request)
        except NothingYetError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever moto stumbles over becomes one answer; the log has the rest
            traceback.print_exc()
            return error_response(request, "InternalFailure", f"{request.name}: {type(error).__name__}: {error}")
        if status.startswith("404") and request.method != "HEAD" and _is_unrouted(headers, body):
            return _missing(request)
        return status, headers, body


def _missing(request: AwsRequest) -> Answer:
    return error_response(request, "NotImplemented", f"The sandbox's AWS does not have the operation {request.name}.")


def _is_unrouted(headers: list[tuple[str, str]], body: bytes) -> bool:
    """moto answers a path it has no route for with Flask's HTML page, and an action it can't name with nothing."""
    content_type = dict(headers).get("Content-Type", "")
    return not body or (content_type.startswith("text/html") and body.startswith(b"<!doctype html>"))


def _has_hung_up(environ: WSGIEnvironment) -> bool:
    """Whether the client has closed its connection."""
    connection: socket.socket = environ["werkzeug.socket"]
    looking = select.poll()  # unlike select(), whatever the number of its descriptor
    looking.register(connection, select.POLLIN)
    try:
        return bool(looking.poll(0)) and not connection.recv(1, socket.MSG_PEEK)
    except ConnectionError:
        return True


def _buffer_body(environ: WSGIEnvironment) -> None:
    """Read the request's body before the lock is taken, so that a slow client holds up nobody."""
    if length := int(environ.get("CONTENT_LENGTH") or 0):
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))


def _call(application: Callable[..., Iterable[bytes]], environ: WSGIEnvironment) -> Answer:
    captured: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], None]:
        captured[:] = [status, headers]
        return lambda _: None

    result = application(environ, start_response)
    try:
        body = b"".join(result)
    finally:
        if callable(close := getattr(result, "close", None)):
            close()
    status, headers = captured
    return status, headers, body
