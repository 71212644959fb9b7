"""SQS's long polls wait where nobody else has to wait for them; and a queue says whose dead letters it takes.

moto 5.2.5: a long poll looks for messages in a loop of its own, which can't be done under the lock that moto needs
(it is not thread-safe), so that it would change a queue while others do; and the attribute RedriveAllowPolicy, once
set, can't be read.

Here a poll that finds nothing says so by `NothingYetError`, and is asked again by who holds the lock.
"""

from __future__ import annotations

import math
import time
from contextvars import ContextVar
from typing import Any

from moto.sqs.models import Message, Queue, SQSBackend

from sandbox.aws.server.corrections.patching import add, replace

poll_began: ContextVar[float] = ContextVar("poll_began", default=math.inf)
"""When the poll that is being answered began, by the monotonic clock."""

_ALLOWING = "RedriveAllowPolicy"

_upstream_receive = SQSBackend.receive_message
_upstream_attributes: Any = Queue.attributes


def apply() -> None:
    replace(SQSBackend, receive_message=_receive)
    replace(Queue, attributes=property(_attributes))
    add(Queue, redrive_allow_policy=None)
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, _ALLOWING]


class NothingYetError(Exception):
    """A long poll found no message, and may still wait."""


def _attributes(queue: Queue) -> dict[str, Any]:
    attributes: dict[str, Any] = _upstream_attributes.fget(queue)
    return {name: value for name, value in attributes.items() if value or name != _ALLOWING}


def _receive(
    backend: SQSBackend,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    visibility_timeout: int,
    message_attribute_names: list[str] | None = None,
) -> list[Message]:
    found = _upstream_receive(backend, queue_name, count, 0, visibility_timeout, message_attribute_names)
    if not found and time.monotonic() < poll_began.get() + wait_seconds_timeout:
        raise NothingYetError
    return found
