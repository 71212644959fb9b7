"""Reading messages."""

from __future__ import annotations

import msgspec
import pytest

from app.common.consumer import UnreadableMessageError
from app.notification.message import read
from app.registration.verification import Verification
from tests.app.notification.samples import TOKEN, body, message

pytestmark = pytest.mark.unit


def test_what_registration_writes_can_be_read() -> None:
    sent = message()
    verification = Verification(message_id=sent.id, to=sent.to, name=sent.name)
    received = read(verification.message)
    assert (received.id, received.to, received.name) == (sent.id, sent.to, sent.name)
    assert received.expires_at == verification.expires_at
    assert len(received.token) == 43


def test_a_token_is_in_no_repr() -> None:
    assert TOKEN not in repr(message())


@pytest.mark.parametrize(
    "change",
    [{"kind": "other"}, {"id": "1"}, {"to": None}, {"expires_at": "2026-08-17T10:00:00"}],
    ids=["another kind", "no id", "no address", "no time zone"],
)
def test_another_body_is_unreadable(change: dict[str, object]) -> None:
    fields = msgspec.json.decode(body(message()))
    with pytest.raises(UnreadableMessageError):
        read(msgspec.json.encode(fields | change).decode())


@pytest.mark.parametrize("text", ["", "{}", "[]", "x"])
def test_what_is_no_message_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableMessageError):
        read(text)
