"""A partner for tests, on a loopback port with TLS: client registration management (RFC 7592) and tokens (RFC 6749)."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from tests.serving import serving

CLIENT_ID = "prakerja platform"
# What a registration says beside its credentials, and what no update may lose.
METADATA = {"client_name": "Kartu Prakerja", "scope": "identity", "grant_types": ["client_credentials"]}


@dataclass
class Partner:
    """A running partner. What it gave last is good at once; what it gave before, until the new is first used.

    asked: method and body of each request to the registration. status: of every answer, where it is out of order.
    forgets: takes back the former access token at once. keeps_secret: gives no new secret.
    """

    origin: str
    secrets: list[str] = field(default_factory=lambda: ["secret-0"])
    tokens: list[str] = field(default_factory=lambda: ["access-0"])
    metadata: dict[str, Any] = field(default_factory=lambda: dict(METADATA))
    asked: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 200
    forgets: bool = False
    keeps_secret: bool = False
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def credential(self) -> dict[str, str]:
        """What an operator would put as the first value."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": self.secrets[-1],
            "token_url": f"{self.origin}/token",
            "registration_client_uri": f"{self.origin}/register?client=1",
            "registration_access_token": self.tokens[-1],
        }

    def registration(self) -> dict[str, Any]:
        known = self.credential()
        del known["token_url"]
        return {**self.metadata, **known, "client_id_issued_at": 1, "client_secret_expires_at": 0}

    def renew(self, metadata: dict[str, Any]) -> None:
        number = next(self.numbers)
        self.metadata = {name: value for name, value in metadata.items() if name != "client_id"}
        if not self.keeps_secret:
            self.secrets.append(f"secret-{number}")
        self.tokens = [f"access-{number}"] if self.forgets else [*self.tokens, f"access-{number}"]

    def takes(self, secret: str) -> bool:
        """Whether it gives a token for the secret. The newest's first use ends all others."""
        if secret == self.secrets[-1]:
            self.secrets = [secret]
            self.tokens = self.tokens[-1:]
        return secret in self.secrets


@contextmanager
def running(certificate: Path, key: Path) -> Iterator[Partner]:
    """A partner that serves for as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    partner = Partner(origin=f"https://127.0.0.1:{server.server_port}")
    server.partner = partner  # type: ignore[attr-defined] # for its handlers
    with serving(server):
        yield partner


class _Answers(BaseHTTPRequestHandler):
    @property
    def partner(self) -> Partner:
        found: Partner = self.server.partner  # type: ignore[attr-defined] # put there by `running`
        return found

    def do_GET(self) -> None:
        self.partner.asked.append(("GET", None))
        if self._may_register():
            self._answer(self.partner.status, self.partner.registration())

    def do_PUT(self) -> None:
        metadata = json.loads(self._body())
        self.partner.asked.append(("PUT", metadata))
        if self._may_register():
            self.partner.renew(metadata)
            self._answer(self.partner.status, self.partner.registration())

    def do_POST(self) -> None:
        form = parse_qs(self._body().decode())
        name, _, secret = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
        known = unquote_plus(name) == CLIENT_ID and self.partner.takes(unquote_plus(secret))
        if self.path != "/token" or form != {"grant_type": ["client_credentials"]} or not known:
            self._answer(401, {"error": "invalid_client"})
            return
        self._answer(self.partner.status, {"access_token": "t", "token_type": "Bearer", "expires_in": 300})

    def _may_register(self) -> bool:
        token = self.headers["Authorization"].removeprefix("Bearer ")
        if self.path == "/register?client=1" and token in self.partner.tokens:
            return True
        self._answer(401, {"error": "invalid_token"})
        return False

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing: requests bear credentials."""
