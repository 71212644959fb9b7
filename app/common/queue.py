"""A queue of SQS."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from app.common.aws import AwsService

AT_ONCE = 10  # SQS: messages in one request
WAIT_SECONDS = 5  # a receive's long poll; a process that is to stop waits for its end

_Item = TypeVar("_Item")


class QueueUnavailableError(Exception):
    """The queue did not answer, or not with what was asked; what was asked may or may not have been done."""


@dataclass(frozen=True)
class Received:
    """A message in hand; `receipt` is what this receiving of it is known by."""

    body: str
    receipt: str


@dataclass
class Sent:
    """What became of messages, by their keys: kept durably by SQS, or refused for what they are.

    Those in neither may be sent again.
    """

    kept: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Queue:
    """One queue, by its URL."""

    def __init__(self, *, region: str, url: str) -> None:
        self._url = url
        self._sqs = AwsService("sqs", region, read_seconds=2 * WAIT_SECONDS)

    async def send(self, bodies: Mapping[str, str]) -> Sent:
        """Send at most ten messages. Raises QueueUnavailableError."""
        keys = list(bodies)
        answer = await self._call(
            "send_message_batch",
            Entries=[{"Id": str(place), "MessageBody": bodies[key]} for place, key in enumerate(keys)],
        )
        return Sent(
            kept=[keys[int(entry["Id"])] for entry in answer.get("Successful", ())],
            refused=[keys[int(entry["Id"])] for entry in answer.get("Failed", ()) if entry["SenderFault"]],
        )

    async def receive(self, *, hidden_seconds: int) -> list[Received]:
        """At most ten messages, as soon as there are any, or none after five seconds.

        Nobody else receives them for `hidden_seconds`. Raises QueueUnavailableError.
        """
        answer = await self._call(
            "receive_message",
            MaxNumberOfMessages=AT_ONCE,
            WaitTimeSeconds=WAIT_SECONDS,
            VisibilityTimeout=hidden_seconds,
        )
        return [Received(each["Body"], each["ReceiptHandle"]) for each in answer.get("Messages", ())]

    async def hide(self, messages: Iterable[Received], *, seconds: int) -> None:
        """Let nobody else receive these for so long from now; 0 gives them back. Raises QueueUnavailableError."""
        for batch in batches(messages):
            entries = [
                {"Id": str(place), "ReceiptHandle": message.receipt, "VisibilityTimeout": seconds}
                for place, message in enumerate(batch)
            ]
            await self._call("change_message_visibility_batch", Entries=entries)

    async def delete(self, message: Received) -> None:
        """Take a message off the queue for good. Raises QueueUnavailableError."""
        await self._call("delete_message", ReceiptHandle=message.receipt)

    async def _call(self, operation: str, **arguments: object) -> dict[str, Any]:
        try:
            return await self._sqs.call(operation, QueueUrl=self._url, **arguments)
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailableError(reason(error)) from error


def reason(error: Exception) -> str:
    """What is wrong, in a word for the log: AWS's own code, or the error's type."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__


def batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """`items` in lists of at most ten, as SQS takes them."""
    remaining = iter(items)
    while batch := list(itertools.islice(remaining, AT_ONCE)):
        yield batch
