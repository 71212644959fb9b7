"""What a request to an AWS API asks for, read from the outside: service, operation, whether it changes anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

_CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
# What carries data through the cloud, and changes nothing that the cloud consists of.
_CARRIES_DATA = frozenset(
    {
        "SendMessage",
        "SendMessageBatch",
        "DeleteMessage",
        "DeleteMessageBatch",
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "POST /v2/email/outbound-emails",
        "PutMetricData",
        "PutLogEvents",
    }
)
_READS = ("Describe", "List", "Get", "Head", "Lookup", "Search", "Simulate", "Verify", "Encrypt", "Decrypt", "Assume")


@dataclass(frozen=True, kw_only=True)
class AwsRequest:
    """service: the name it was signed for (`s3` where it wasn't, as moto assumes).

    operation: by name where the protocol carries one, else method and path.
    protocol: `json` and `query` carry the operation's name, `rest` has a path and method for each.
    """

    service: str
    operation: str
    protocol: Literal["json", "query", "rest"]
    method: str

    @classmethod
    def of(cls, environ: WSGIEnvironment) -> AwsRequest:
        credential = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "") or environ.get("QUERY_STRING", ""))
        protocol, operation = _operation(environ)
        return cls(
            service=credential["service"] if credential else "s3",
            operation=operation,
            protocol=protocol,
            method=environ["REQUEST_METHOD"],
        )

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"

    @property
    def changes(self) -> bool:
        """Whether it may change the cloud. One that reads by its name or method doesn't."""
        return self.method not in ("GET", "HEAD", "OPTIONS") and not self.operation.startswith(_READS)

    @property
    def carries_data(self) -> bool:
        """Whether it only carries a message, a mail or a metric, of which the snapshot shows nothing."""
        return self.operation in _CARRIES_DATA

    @property
    def waits(self) -> bool:
        """Whether it may take long by design (SQS long polling): it must not hold the lock while it waits."""
        return self.name == "sqs:ReceiveMessage"


def _operation(environ: WSGIEnvironment) -> tuple[Literal["json", "query", "rest"], str]:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return "json", str(target).rpartition(".")[2]
    query = environ.get("QUERY_STRING", "")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"]
        query = body.read().decode("utf-8", "replace")
        body.seek(0)
    if actions := parse_qs(query).get("Action"):
        return "query", actions[0]
    return "rest", f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
