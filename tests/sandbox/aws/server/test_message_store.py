from __future__ import annotations

import pickle
import time

import pytest
from moto.sqs.models import Message

from sandbox.aws.server.message_store import Counts, MessageStore

pytestmark = pytest.mark.unit

SENT = 1_000.0


def message(identifier: str, sent: float = SENT, delayed_until: float = 0.0) -> Message:
    made = Message(identifier, f"body of {identifier}")
    made.__dict__.update(sent_timestamp=int(sent), delayed_until=delayed_until)
    return made


def names(store: MessageStore, now: float) -> list[str]:
    taken = []
    while (found := store.next(now)) is not None:
        taken.append(found.id)
        store.hold(found, f"receipt of {found.id}", now + 1)
    return taken


def test_messages_come_in_the_order_in_which_they_were_sent() -> None:
    store = MessageStore([message("b"), message("a"), message("c", sent=SENT - 1)])
    assert names(store, SENT) == ["c", "b", "a"]


def test_a_held_message_comes_back_when_its_time_is_up_and_not_before() -> None:
    store = MessageStore([message("a")])
    assert names(store, SENT) == ["a"]
    assert names(store, SENT + 0.5) == []
    assert names(store, SENT + 1) == ["a"]


def test_a_delayed_message_waits_for_its_time() -> None:
    store = MessageStore([message("a", delayed_until=SENT + 5)])
    assert store.counts(SENT) == Counts(0, 1, 0)
    assert names(store, SENT + 4) == []
    assert names(store, SENT + 5) == ["a"]
    assert store.counts(SENT + 5) == Counts(0, 0, 1)


def test_a_changed_visibility_counts_in_either_direction() -> None:
    store = MessageStore([message("a")])
    names(store, SENT)
    held = store.held_by("receipt of a")
    assert held is not None
    store.change_visibility(held, SENT + 10)
    assert names(store, SENT + 9) == []
    store.change_visibility(held, SENT + 9)
    assert names(store, SENT + 9) == ["a"]
    store.change_visibility(held, SENT + 9)
    store.change_visibility(held, SENT + 20)
    assert store.counts(SENT + 10) == Counts(0, 0, 1)


def test_a_forgotten_message_is_gone_with_its_receipts() -> None:
    store = MessageStore([message("a"), message("b")])
    names(store, SENT)
    held = store.held_by("receipt of a")
    assert held is not None
    store.forget(held)
    assert store.held_by("receipt of a") is None
    assert names(store, SENT + 5) == ["b"]
    assert len(store) == 1


def test_what_is_kept_comes_back_as_it_was() -> None:
    store = MessageStore([message("a"), message("b"), message("c", delayed_until=SENT + 5)])
    found = store.next(SENT)
    assert found is not None
    store.hold(found, "receipt", SENT + 3)
    again: MessageStore = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own
    assert again.counts(SENT) == store.counts(SENT) == Counts(1, 1, 1)
    held = again.held_by("receipt")
    assert held is not None
    assert held.body == "body of a"
    assert names(again, SENT + 5) == ["b", "a", "c"]


def test_a_full_queue_is_no_slower_than_an_empty_one() -> None:
    store = MessageStore(message(str(number)) for number in range(50_000))
    began = time.perf_counter()
    for _ in range(1_000):
        found = store.next(SENT)
        assert found is not None
        store.hold(found, found.id, SENT + 1)
        store.forget(found)
        store.counts(SENT)
    assert time.perf_counter() - began < 1  # looking at all of them each time takes minutes
