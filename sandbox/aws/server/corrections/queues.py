"""SQS's queues: fast however full they are, with long polls that wait where nobody else has to wait for them.

moto 5.2.5: every message sent, received or deleted looks at all messages of its queue several times, so that a few
thousand waiting ones stop everything; a long poll looks for messages in a loop of its own, which can't be done under
the lock that moto needs (it is not thread-safe), so that it would change a queue while others do; a queue loses
its policy when any other attribute is set; and RedriveAllowPolicy, once set, can't be read.

Here a standard queue keeps its messages in a store that finds them, and a poll that finds nothing says so by
`NothingYetError`, and is asked again by who holds the lock. FIFO queues are moto's own.
"""

from __future__ import annotations

import copy
import functools
import math
import secrets
import time
from contextvars import ContextVar
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sqs import models
from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend

from sandbox.aws.server.corrections.patching import add, replace
from sandbox.aws.server.message_store import MessageStore

poll_began: ContextVar[float] = ContextVar("poll_began", default=math.inf)
"""When the poll that is being answered began, by the monotonic clock."""

LONGEST_VISIBILITY = 43_200
"""Seconds. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""

_RECEIPT_LENGTH = 184
_ALLOWING = "RedriveAllowPolicy"

_upstream_set_attributes = Queue._set_attributes  # noqa: SLF001 - there is no other way in
_upstream_add = Queue.add_message
_upstream_delete = Queue.delete_message
_upstream_receive = SQSBackend.receive_message
_upstream_change_visibility = SQSBackend.change_message_visibility
_upstream_purge = SQSBackend.purge_queue
_upstream_attributes: Any = Queue.attributes
_upstream_count: dict[str, Any] = {
    name: getattr(Queue, f"approximate_number_of_messages{name}") for name in ("", "_delayed", "_not_visible")
}


def apply() -> None:
    replace(models, camelcase_to_underscores=functools.cache(camelcase_to_underscores))  # done for each message
    replace(
        Queue,
        _set_attributes=_set_attributes,
        add_message=_add,
        delete_message=_delete,
        attributes=property(_attributes),
        approximate_number_of_messages=property(functools.partial(_count, "")),
        approximate_number_of_messages_delayed=property(functools.partial(_count, "_delayed")),
        approximate_number_of_messages_not_visible=property(functools.partial(_count, "_not_visible")),
    )
    replace(
        SQSBackend,
        receive_message=_receive,
        change_message_visibility=_change_visibility,
        purge_queue=_purge,
    )
    add(Queue, redrive_allow_policy=None)
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, _ALLOWING]


class NothingYetError(Exception):
    """A long poll found no message, and may still wait."""


def _store(queue: Queue) -> MessageStore:
    store: MessageStore = queue.__dict__.setdefault("store", MessageStore())
    return store


def _now() -> float:
    return time.time() * 1000


def _set_attributes(queue: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
    kept = {} if "Policy" in attributes else {"Policy": queue.policy}
    _upstream_set_attributes(queue, {**kept, **attributes}, now)


def _attributes(queue: Queue) -> dict[str, Any]:
    attributes: dict[str, Any] = _upstream_attributes.fget(queue)
    return {name: value for name, value in attributes.items() if value or name != _ALLOWING}


def _count(kind: str, queue: Queue) -> int:
    if queue.fifo_queue:
        return int(_upstream_count[kind].fget(queue))
    counts = _store(queue).counts(_now())
    return {"": counts.available, "_delayed": counts.delayed, "_not_visible": counts.in_flight}[kind]


def _add(queue: Queue, message: Message) -> None:
    if queue.fifo_queue:
        _upstream_add(queue, message)
    else:
        _store(queue).add(message)


def _receive(
    backend: SQSBackend,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    visibility_timeout: int,
    message_attribute_names: list[str] | None = None,
) -> list[Message]:
    queue, wanted = backend.get_queue(queue_name), message_attribute_names or []
    if queue.fifo_queue:
        found = _upstream_receive(backend, queue_name, count, 0, visibility_timeout, wanted)
    else:
        found = [_shown(message, wanted) for message in _take(queue, count, int(visibility_timeout or 0))]
    if not found and time.monotonic() < poll_began.get() + wait_seconds_timeout:
        raise NothingYetError
    return found


def _take(queue: Queue, count: int, visibility_timeout: int) -> list[Message]:
    store, now, taken = _store(queue), _now(), list[Message]()
    oldest = now - float(queue.__dict__["message_retention_period"]) * 1000
    while len(taken) < count and (message := store.next(now)) is not None:
        if float(message.sent_timestamp or 0) < oldest:
            store.forget(message)
        elif _is_dead(queue, message):
            store.forget(message)
            queue.dead_letter_queue.add_message(message)  # type: ignore[union-attr] # what is dead has one
        else:
            _mark_received(message)
            taken.append(message)
    for message in taken:  # at the end: one that is visible again at once is not given twice in one answer
        store.hold(message, secrets.token_hex(_RECEIPT_LENGTH // 2), now + visibility_timeout * 1000)
    return taken


def _is_dead(queue: Queue, message: Message) -> bool:
    policy = queue.dead_letter_queue is not None and queue.redrive_policy
    return bool(policy) and message.approximate_receive_count >= int(policy["maxReceiveCount"])  # type: ignore[index]


def _mark_received(message: Message) -> None:
    message.approximate_first_receive_timestamp = message.approximate_first_receive_timestamp or int(_now())
    message.approximate_receive_count += 1
    if message.receipt_handle:
        message._old_receipt_handles.append(message.receipt_handle)  # noqa: SLF001 - good for a deletion still


def _shown(message: Message, attribute_names: list[str]) -> Message:
    """A copy with those of its attributes that were asked for."""
    shown = copy.copy(message)
    shown.message_attributes = dict(message.message_attributes)
    models._filter_message_attributes(shown, attribute_names)  # noqa: SLF001 - as moto does
    return shown


def _delete(queue: Queue, receipt_handle: str) -> None:
    if queue.fifo_queue:
        _upstream_delete(queue, receipt_handle)
        return
    message = _store(queue).held_by(receipt_handle)
    if message is not None:
        _store(queue).forget(message)
    elif len(receipt_handle) != _RECEIPT_LENGTH:  # else it was deleted before, which is no fault
        raise ReceiptHandleIsInvalid


def _change_visibility(backend: SQSBackend, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
    queue = backend.get_queue(queue_name)
    if queue.fifo_queue:
        _upstream_change_visibility(backend, queue_name, receipt_handle, visibility_timeout)
        return
    message = _store(queue).held_by(receipt_handle)
    if message is None:
        raise ReceiptHandleIsInvalid
    if not 0 <= int(visibility_timeout) <= LONGEST_VISIBILITY:
        raise InvalidParameterValue(
            f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and "
            f"{LONGEST_VISIBILITY}."
        )
    _store(queue).change_visibility(message, _now() + int(visibility_timeout) * 1000)


def _purge(backend: SQSBackend, queue_name: str) -> None:
    _upstream_purge(backend, queue_name)
    backend.get_queue(queue_name).__dict__["store"] = MessageStore()
