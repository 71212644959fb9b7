"""A partner's API for tests: a server on loopback that grants tokens and answers as it is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.common.aws import AwsError, Secret
from app.common.partner import Partner
from app.common.settings import PartnerSettings
from tests.app.cloud import REGION
from tests.serving import serving

SETTINGS = PartnerSettings(
    url="https://identity.example/v1",
    secret="arn:aws:secretsmanager:ap-southeast-3:123456789012:secret:identity",
    requests_per_second=1000,
    connect_seconds=1,
    answer_seconds=1,
)


class Credentials(Secret):
    """A secret whose value is replaced, or that has none."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = list(secrets)
        self.reads = 0

    def text(self) -> str:
        self.reads += 1
        if not self.secrets:
            raise AwsError("ResourceNotFoundException")
        token_url = "https://login.identity.example/oauth/token"
        secret = self.secrets[min(self.reads, len(self.secrets)) - 1]
        return json.dumps({"client_id": "prakerja", "client_secret": secret, "token_url": token_url, "other": 1})


@dataclass
class Api:
    """secret: the one that it knows. valid: the tokens that it takes.

    answer: what it says to whoever has a good token.
    """

    secret: str = "good"
    lifetime: float = 300
    answer: Callable[[Request], Response] = lambda _: match()
    granted: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    asked: list[Request] = field(default_factory=list)
    endpoint: str = ""

    def revoke(self) -> None:
        self.valid.clear()

    def partner(self, *secrets: str, settings: PartnerSettings = SETTINGS) -> Partner:
        """A client with these credentials, one after another."""
        made = Partner("identity", settings, region=REGION, at_once=4)
        made._secret = Credentials(*(secrets or (self.secret,)))
        return made

    def _respond(self, request: Request) -> Response:
        request.get_data()
        authorization = request.headers["Authorization"]
        if request.path == "/identity/oauth/token":
            expected = base64.b64encode(f"prakerja:{self.secret}".encode()).decode()
            if authorization != f"Basic {expected}" or request.form["grant_type"] != "client_credentials":
                return Response("{}", status=401)
            token = f"token-{len(self.granted)}"
            self.granted.append(token)
            self.valid.add(token)
            return Response(json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}))
        self.asked.append(request)
        if authorization.removeprefix("Bearer ") not in self.valid:
            return Response("{}", status=401)
        return self.answer(request)

    @contextmanager
    def answering(self) -> Iterator[str]:
        """The address that it answers at, for as long as the block lasts."""
        server = make_server("127.0.0.1", 0, Request.application(self._respond), threaded=True)
        with serving(server) as port:
            yield f"http://127.0.0.1:{port}"


def match(result: str = "match") -> Response:
    return Response(json.dumps({"result": result, "reference": "r-1"}))
