"""The consumer of a queue, whatever its messages ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from app.common import consumer as module
from app.common.backoff import Backoff
from app.common.consumer import Consumer, MessageRefusedError, NotNowError, UnreadableMessageError
from app.common.database import DatabaseUnavailableError
from app.common.queue import Queue, QueueUnavailableError, Received

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Note:
    id: str


class MemoryQueue(Queue):
    """A queue in memory, which remembers what was hidden and deleted."""

    def __init__(self, *bodies: str) -> None:
        self.waiting = [Received(body, f"receipt of {body}") for body in bodies]
        self.away = 0
        self.hidden: list[tuple[str, float]] = []
        self.deleted: list[str] = []

    async def receive(self, *, hidden_seconds: int) -> list[Received]:
        if self.away:
            self.away -= 1
            raise QueueUnavailableError("away")
        received, self.waiting = self.waiting[:10], self.waiting[10:]
        await asyncio.sleep(0 if received else 0.01)
        return received

    async def hide(self, messages: object, *, seconds: int) -> None:
        self.hidden += [(message.body, seconds) for message in messages]  # type: ignore[attr-defined]

    async def delete(self, message: Received) -> None:
        self.deleted.append(message.body)


def _read(body: str) -> Note:
    if body == "unreadable":
        raise UnreadableMessageError
    return Note(body)


def _work(
    queue: MemoryQueue,
    handle: Callable[[Note], Awaitable[None]],
    until: Callable[[], bool],
    *,
    at_once: int = 4,
    forget_old: Callable[[], Awaitable[None]] | None = None,
) -> None:
    async def within() -> None:
        stopping = asyncio.Event()
        consumer = Consumer(queue, read=_read, handle=handle, at_once=at_once, forget_old=forget_old)
        running = asyncio.create_task(consumer.run(stopping))
        async with asyncio.timeout(5):
            while not until() and not running.done():  # noqa: ASYNC110 - another task's doing
                await asyncio.sleep(0.005)
            stopping.set()
            await running

    asyncio.run(within())


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Backoff", lambda **_: Backoff(first=0.01, longest=0.02))


def test_what_is_handled_leaves_the_queue_and_never_more_than_allowed_is_under_way() -> None:
    queue, under_way, most = MemoryQueue(*(str(number) for number in range(25))), 0, 0

    async def handle(_note: Note) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.002)
        under_way -= 1

    _work(queue, handle, lambda: len(queue.deleted) == 25, at_once=3)
    assert sorted(queue.deleted, key=int) == [str(number) for number in range(25)]
    assert most == 3


@pytest.mark.parametrize("error", [NotNowError("away"), DatabaseUnavailableError()])
def test_what_has_to_wait_is_tried_until_it_works(error: Exception) -> None:
    queue, attempts = MemoryQueue("one"), 0

    async def handle(_note: Note) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 5:
            raise error

    _work(queue, handle, lambda: bool(queue.deleted))
    assert attempts == 5


def test_the_unreadable_and_the_refused_stay_in_the_queue_and_hold_up_nothing() -> None:
    queue = MemoryQueue("unreadable", "refused", "good")

    async def handle(note: Note) -> None:
        if note.id == "refused":
            raise MessageRefusedError("for what it is")

    _work(queue, handle, lambda: bool(queue.deleted))
    assert queue.deleted == ["good"]
    assert queue.hidden == [], "and come back once their time is over, not at once"


def test_a_handler_that_fails_ends_the_worker_and_gives_back_what_it_had() -> None:
    queue = MemoryQueue("one", "two")

    async def handle(_note: Note) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        _work(queue, handle, lambda: False)
    assert queue.deleted == []
    assert sorted(queue.hidden) == [("one", 0), ("two", 0)]


def test_messages_in_hand_are_kept_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HIDDEN_SECONDS", 0.03)
    queue = MemoryQueue("slow")

    async def handle(_note: Note) -> None:
        await asyncio.sleep(0.1)

    _work(queue, handle, lambda: bool(queue.deleted))
    assert queue.hidden.count(("slow", 0.03)) >= 3


def test_a_queue_that_is_away_is_asked_again() -> None:
    queue = MemoryQueue("one")
    queue.away = 3

    async def handle(_note: Note) -> None:
        return

    _work(queue, handle, lambda: bool(queue.deleted))
    assert queue.deleted == ["one"]


def test_old_records_are_forgotten_once_an_hour_and_again_soon_where_that_failed() -> None:
    queue, calls = MemoryQueue(), 0

    async def handle(_note: Note) -> None:
        return

    async def forget_old() -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise DatabaseUnavailableError

    _work(queue, handle, lambda: calls >= 3, forget_old=forget_old)
    assert calls == 3
