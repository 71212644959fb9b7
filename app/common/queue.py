"""A queue of SQS."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.common.aws import SQS, AwsClient, AwsError

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
        self._sqs = AwsClient(SQS, region, answer_seconds=WAIT_SECONDS + 5)

    async def send(self, bodies: Mapping[str, str]) -> Sent:
        """Send at most ten messages. Raises QueueUnavailableError."""
        keys = list(bodies)
        answer = await self._call(
            "SendMessageBatch",
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
            "ReceiveMessage",
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
            await self._call("ChangeMessageVisibilityBatch", Entries=entries)

    async def delete(self, message: Received) -> None:
        """Take a message off the queue for good. Raises QueueUnavailableError."""
        await self._call("DeleteMessage", ReceiptHandle=message.receipt)

    async def _call(self, operation: str, **arguments: object) -> dict[str, Any]:
        try:
            return await self._sqs.call_aside(operation, {"QueueUrl": self._url, **arguments})
        except AwsError as error:
            raise QueueUnavailableError(error.code) from error


def batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """`items` in lists of at most ten, as SQS takes them."""
    remaining = iter(items)
    while batch := list(itertools.islice(remaining, AT_ONCE)):
        yield batch
