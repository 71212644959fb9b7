"""A client's commands reach the server as they were sent, but for the password of a log-in, whatever the pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dataplane.cache.commands import CommandFilter, encoded

pytestmark = pytest.mark.unit

TOKEN = "cache/?Action=connect&User=portal&X-Amz-Signature=abc"


def log_in(user: str, password: str) -> str | None:
    return "secret" if (user, password) == ("portal", TOKEN) else None


def through(data: bytes, size: int = 1 << 20) -> bytes:
    passing = CommandFilter(log_in)
    return b"".join(passing.feed(data[at : at + size]) for at in range(0, len(data), size))


def command(*words: str | bytes) -> bytes:
    return encoded([word if isinstance(word, bytes) else word.encode() for word in words])


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        (command("AUTH", "portal", TOKEN), command("AUTH", "portal", "secret")),
        (command("auth", "portal", TOKEN), command("auth", "portal", "secret")),
        (command("HELLO", "3", "AUTH", "portal", TOKEN), command("HELLO", "3", "AUTH", "portal", "secret")),
        (
            command("HELLO", "3", "SETNAME", "x", "auth", "portal", TOKEN),
            command("HELLO", "3", "SETNAME", "x", "auth", "portal", "secret"),
        ),
        (
            command("HELLO", "2", "AUTH", "portal", TOKEN, "SETNAME", "x"),
            command("HELLO", "2", "AUTH", "portal", "secret", "SETNAME", "x"),
        ),
        (b"AUTH portal " + TOKEN.encode() + b"\r\n", command("AUTH", "portal", "secret")),
    ],
)
def test_a_token_that_is_taken_becomes_the_servers_password(sent: bytes, passed: bytes) -> None:
    assert through(sent) == passed


@pytest.mark.parametrize(
    "sent",
    [
        command("AUTH", "portal", "guess"),
        command("AUTH", "registration", TOKEN),
        command("AUTH", TOKEN),
        command("AUTH"),
        command("HELLO"),
        command("HELLO", "3"),
        command("HELLO", "3", "AUTH"),
        command("HELLO", "3", "AUTH", "portal"),
        command("SET", "AUTH", "portal", TOKEN),
        command("ECHO1", "portal", TOKEN),
        command("SET", "key", b"\r\n*3\r\n$4\r\nAUTH\r\n$6\r\nportal\r\n" + command("AUTH", "portal", TOKEN)),
        b"PING\r\n",
        b"\r\n",
        b"*0\r\n" + command("PING"),
        b"*-1\r\n" + command("PING"),
        b"*1000000000000000000000000000000000000000",
        b"*2\r\n:1\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_everything_else_passes_as_it_is(sent: bytes) -> None:
    assert through(sent) == sent


def test_a_log_in_that_never_ends_is_not_held_for_ever() -> None:
    sent = b"*3\r\n$4\r\nAUTH\r\n$100000\r\n" + b"x" * 70_000
    assert through(sent, 1000) == sent


words = st.lists(st.binary(max_size=40) | st.sampled_from([b"AUTH", b"HELLO", b"\r\n"]), min_size=1, max_size=4)


@given(st.lists(words, max_size=8), st.integers(1, 50), st.integers(0, 8))
def test_commands_in_any_pieces_pass_in_order_with_the_log_in_among_them(
    commands: list[list[bytes]], size: int, place: int
) -> None:
    before, after = commands[:place], commands[place:]
    sent = b"".join(map(encoded, before)) + command("AUTH", "portal", TOKEN) + b"".join(map(encoded, after))
    expected = b"".join(map(encoded, before)) + command("AUTH", "portal", "secret") + b"".join(map(encoded, after))
    assert through(sent, size) == expected
