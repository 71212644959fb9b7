"""SQS and SES for tests: moto's server in a thread, and a look at what it holds."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import boto3
from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from app.common import queue
from tests.serving import serving

REGION = "ap-southeast-3"
ACCOUNT = "123456789012"
SENDER = "no-reply@prakerja.test"
MOST_RECEIVES = 3

_numbers = count()


@dataclass
class Cloud:
    """A running server."""

    url: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="unused",
            aws_secret_access_key="unused",
        )

    def new_queue(self, *, most_receives: int = MOST_RECEIVES) -> tuple[str, str]:
        """The URLs of a queue of its own and of its dead-letter queue."""
        sqs, number = self.client("sqs"), next(_numbers)
        dead = sqs.create_queue(QueueName=f"dead-{number}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": most_receives}
        live = sqs.create_queue(QueueName=f"live-{number}", Attributes={"RedrivePolicy": json.dumps(redrive)})
        return live["QueueUrl"], dead

    def depth(self, url: str) -> int:
        """Messages in the queue, in hand or not."""
        return len(_backend("sqs").queues[url.rpartition("/")[2]]._messages)

    def bodies(self, url: str) -> list[str]:
        """What the messages in the queue say."""
        return [message.body for message in _backend("sqs").queues[url.rpartition("/")[2]]._messages]

    def mailed(self) -> list[str]:
        """The address of every mail that was sent, in order."""
        return [message.destinations["ToAddresses"][0] for message in _backend("ses").sent_messages]

    def start_mail_anew(self) -> None:
        """The sender is verified, also where something has reset moto since; no mail has been sent yet."""
        _backend("ses").sent_messages.clear()
        identity = SENDER.rpartition("@")[2]
        if identity not in _backend("ses").email_identities:
            self.client("sesv2").create_email_identity(EmailIdentity=identity)


def _backend(service: str) -> Any:
    return get_backend(service)[ACCOUNT][REGION]  # type: ignore[call-overload]


@contextmanager
def server() -> Iterator[Cloud]:
    """A server that lives as long as the block."""
    application = _one_at_a_time(DomainDispatcherApplication(create_backend_app))
    with serving(make_server("127.0.0.1", 0, application, threaded=True)) as port:
        yield Cloud(f"http://127.0.0.1:{port}")


def _one_at_a_time(application: Any) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """moto is not thread-safe: one request at a time, except where one waits for messages."""
    lock = threading.Lock()

    def locked(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        waits = environ.get("HTTP_X_AMZ_TARGET") == "AmazonSQS.ReceiveMessage" and queue.WAIT_SECONDS > 0
        if waits:
            return list(application(environ, start_response))
        with lock:
            return list(application(environ, start_response))

    return locked
