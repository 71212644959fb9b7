"""Takes messages off a queue: each is handled at least once.

A message in hand is hidden from other workers for as long as it takes, so that a dependency that is away doesn't count
against it. What can't be read, or is refused for what it is, is left to the queue: it comes back a few times and then
ends in the dead-letter queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Generic, Protocol, TypeVar

from app.common.backoff import Backoff, wait_unless
from app.common.database import DatabaseUnavailableError
from app.common.queue import Queue, QueueUnavailableError, Received

HIDDEN_SECONDS = 30  # after a crash, so long until another worker gets what was in hand
_RENEWALS = 3  # within that time
_FORGET_SECONDS = 3600.0

_log = logging.getLogger(__name__)


class UnreadableMessageError(ValueError):
    """A message's body is none that we know."""


class MessageRefusedError(Exception):
    """This message will never be handled: it is left to the dead-letter queue. The text says why; it is logged."""


class NotNowError(Exception):
    """What the message needs is away: it is handled again after a pause. The text says what; it is logged."""


class Message(Protocol):
    """What a body is read as; its id is the same whenever it is delivered again, and is logged."""

    @property
    def id(self) -> object: ...


_Message = TypeVar("_Message", bound=Message)


class Consumer(Generic[_Message]):
    """One of any number of workers on the same queue."""

    def __init__(
        self,
        queue: Queue,
        *,
        read: Callable[[str], _Message],
        handle: Callable[[_Message], Awaitable[None]],
        at_once: int,
        forget_old: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """read: the message of a body; raises UnreadableMessageError.
        handle: does what a message asks for; may be called again for the same one. Raises MessageRefusedError,
            NotNowError, and DatabaseUnavailableError, which counts as NotNowError.
        at_once: messages that are handled at the same time.
        forget_old: called every hour or so, if given; may raise DatabaseUnavailableError, and is called again soon.
        """
        self._queue = queue
        self._read = read
        self._handle = handle
        self._free = asyncio.Semaphore(at_once)
        self._in_hand: set[Received] = set()
        self._forget_old = forget_old
        self._forget_at = 0.0

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until the process is to stop; what is being handled by then is finished, the rest is given back."""
        backoff = Backoff(first=0.5, longest=30)
        while not stopping.is_set():
            try:
                received = await self._queue.receive(hidden_seconds=HIDDEN_SECONDS)
            except QueueUnavailableError as error:
                _log.warning("the queue is unavailable", extra={"fields": {"reason": str(error)}})
                await wait_unless(stopping, backoff.pause())
                continue
            backoff.reset()
            if received:
                async with self._holding(received), asyncio.TaskGroup() as handling:
                    for message in received:
                        handling.create_task(self._work_off(message, stopping))
            await self._forget()

    @asynccontextmanager
    async def _holding(self, received: list[Received]) -> AsyncIterator[None]:
        """Keep messages hidden while they are in hand; give back what is still in hand at the end."""
        self._in_hand = set(received)
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await self._hide(seconds=0)
            self._in_hand.clear()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(HIDDEN_SECONDS / _RENEWALS)
            await self._hide(seconds=HIDDEN_SECONDS)

    async def _hide(self, *, seconds: int) -> None:
        try:
            await self._queue.hide(list(self._in_hand), seconds=seconds)
        except QueueUnavailableError as error:
            _log.warning("messages may come twice", extra={"fields": {"reason": str(error)}})

    async def _work_off(self, received: Received, stopping: asyncio.Event) -> None:
        """Handle one message and take it off the queue, however long that takes, unless the process is to stop."""
        try:
            message = self._read(received.body)
        except UnreadableMessageError:
            _log.error("a message can't be read")
            self._in_hand.discard(received)
            return
        fields = {"message_id": str(message.id)}
        backoff = Backoff(first=1, longest=60)
        while not stopping.is_set():
            try:
                async with self._free:
                    if stopping.is_set():
                        return
                    await self._handle(message)
            except MessageRefusedError as error:
                _log.error("a message is refused", extra={"fields": fields | {"reason": str(error)}})
                self._in_hand.discard(received)
                return
            except (NotNowError, DatabaseUnavailableError) as error:
                why = str(error) or type(error).__name__
                _log.warning("a message has to wait", extra={"fields": fields | {"reason": why}})
                await wait_unless(stopping, backoff.pause())
                continue
            self._in_hand.discard(received)
            await self._delete(received, fields)
            return

    async def _delete(self, received: Received, fields: dict[str, str]) -> None:
        try:
            await self._queue.delete(received)
        except QueueUnavailableError as error:  # it comes once more, and is handled again
            _log.warning("a handled message stays", extra={"fields": fields | {"reason": str(error)}})
        else:
            _log.info("handled", extra={"fields": fields})

    async def _forget(self) -> None:
        if self._forget_old is None or monotonic() < self._forget_at:
            return
        try:
            await self._forget_old()
        except DatabaseUnavailableError:  # logged already
            return
        self._forget_at = monotonic() + _FORGET_SECONDS
