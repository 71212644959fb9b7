"""The messages of one queue, found by what asks for them: who is next, who has a receipt, who may come back when.

Every operation takes a time that hardly depends on how many messages there are: a wave of registrations leaves a
hundred thousand behind.
"""

from __future__ import annotations

import heapq
import pickle
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.sqs.models import Message


@dataclass(frozen=True)
class Counts:
    """How many messages may be received, are delayed, and are with somebody who has received them."""

    available: int
    delayed: int
    in_flight: int


class MessageStore:
    """All times are milliseconds since the epoch, as in moto's messages."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages: dict[str, Message] = {}
        self._available: OrderedDict[str, None] = OrderedDict()
        self._later: list[tuple[float, int, str]] = []
        self._delayed: set[str] = set()
        self._holders: dict[str, str] = {}
        self._placed = 0
        for message in messages:
            self.add(message)

    def __len__(self) -> int:
        return len(self._messages)

    def __reduce__(self) -> tuple[Any, ...]:
        """As one piece of bytes: a pickler that looks at each object for itself would take seconds."""
        content = [vars(message) for message in self._messages.values()]
        return _restored, (pickle.dumps(content, pickle.HIGHEST_PROTOCOL),)

    def add(self, message: Message) -> None:
        """Take a message in, whether new or from another queue."""
        self._messages[message.id] = message
        for receipt in message.all_receipt_handles:
            if receipt:
                self._holders[receipt] = message.id
        if message.delayed_until > (message.sent_timestamp or 0):
            self._delayed.add(message.id)
        self._place(message)

    def next(self, now: float) -> Message | None:
        """The message that has been available for the longest, taken out: `hold` or `forget` it; None where none is."""
        self._bring_back(now)
        return self._messages[self._available.popitem(last=False)[0]] if self._available else None

    def hold(self, message: Message, receipt: str, until: float) -> None:
        """Leave a message to who has this receipt, until it is available again."""
        message.receipt_handle, message.visible_at = receipt, until
        self._holders[receipt] = message.id
        self._place(message)

    def held_by(self, receipt: str) -> Message | None:
        """The message that a receipt was given for; None where it was deleted."""
        return self._messages.get(self._holders.get(receipt, ""))

    def change_visibility(self, message: Message, until: float) -> None:
        """Have a message come back at another time."""
        message.visible_at = until
        self._available.pop(message.id, None)
        self._place(message)

    def forget(self, message: Message) -> None:
        """Let a message go."""
        del self._messages[message.id]
        self._available.pop(message.id, None)
        self._delayed.discard(message.id)
        for receipt in message.all_receipt_handles:
            self._holders.pop(receipt or "", None)

    def counts(self, now: float) -> Counts:
        """How the messages stand."""
        self._bring_back(now)
        available, delayed = len(self._available), len(self._delayed)
        return Counts(available, delayed, len(self._messages) - available - delayed)

    def _place(self, message: Message) -> None:
        self._placed += 1
        heapq.heappush(self._later, (_available_at(message), self._placed, message.id))

    def _bring_back(self, now: float) -> None:
        """Make available what is due; an entry that was overtaken by another one, or by a deletion, is dropped."""
        while self._later and self._later[0][0] <= now:
            _, _, identifier = heapq.heappop(self._later)
            message = self._messages.get(identifier)
            if message is not None and _available_at(message) <= now:
                self._available.setdefault(identifier)
                self._delayed.discard(identifier)


def _available_at(message: Message) -> float:
    return max(message.visible_at, message.delayed_until, float(message.sent_timestamp or 0))


def _restored(content: bytes) -> MessageStore:
    messages: list[Message] = []
    for attributes in pickle.loads(content):  # noqa: S301 - of the state's own file
        message: Message = object.__new__(Message)
        message.__dict__.update(attributes)
        messages.append(message)
    return MessageStore(messages)
