"""A client's commands on their way to the server: the password of a log-in is put in the place of its token.

The framing is RESP's (https://valkey.io/topics/protocol): a command is `*N` and N strings, each `$length` and its
bytes, or it is one line of words. Whatever isn't framed so is passed on as it came, and the server says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

_LONGEST_HELD = 1 << 16  # bytes of a log-in that has not come whole; a token has some two thousand
_LONGEST_NUMBER = 32  # with its mark and the end of its line
_LOG_INS = frozenset({b"AUTH", b"HELLO"})
_LOG_IN_LENGTHS = {len(name) for name in _LOG_INS}

LogIn = Callable[[str, str], str | None]


class _IncompleteError(Exception):
    """More of the command has to come."""


class _UnframedError(Exception):
    """This is no command."""


class CommandFilter:
    """What one client sends, in pieces of any size."""

    def __init__(self, log_in: LogIn) -> None:
        """log_in: takes a user and what was given as its password; returns its password, None where it is refused."""
        self._log_in = log_in
        self._held = b""
        self._strings = 0  # that are still to come of the command that is passing
        self._payload = 0  # bytes that are still to come of the string that is passing
        self._unframed = False

    def feed(self, data: bytes) -> bytes:
        """What to send to the server. A refused log-in goes as it came: the server refuses it too, in its own words."""
        if self._unframed:
            return data
        data = self._held + data
        passed = []
        begin = position = 0  # what is between them passes as it is
        try:
            while position < len(data):
                if self._payload:
                    step = min(self._payload, len(data) - position)
                    position, self._payload = position + step, self._payload - step
                elif self._strings:
                    position, length = _number(data, position, b"$")
                    self._strings, self._payload = self._strings - 1, length + 2
                elif log_in := _log_in_at(data, position):
                    words, end = log_in
                    passed += [data[begin:position], encoded(self._rewritten(words))]
                    begin = position = end
                elif data[position : position + 1] == b"*":
                    position, self._strings = _number(data, position, b"*")
                else:
                    position = data.index(b"\n", position) + 1
            self._held = b""
        except _IncompleteError:
            self._held = data[position:]
            self._unframed = len(self._held) > _LONGEST_HELD
        except _UnframedError:
            self._unframed = True
        if self._unframed:
            position, self._held = len(data), b""
        passed.append(data[begin:position])
        return b"".join(passed)

    def _rewritten(self, words: list[bytes]) -> list[bytes]:
        """The words of a log-in, with the password in its place where the user is let in."""
        at = _user_of_auth(words) if words[0].upper() == b"AUTH" else _user_of_hello(words)
        if at is None:
            return words
        password = self._log_in(words[at].decode(errors="replace"), words[at + 1].decode(errors="replace"))
        return words if password is None else [*words[: at + 1], password.encode(), *words[at + 2 :]]


def _user_of_auth(words: list[bytes]) -> int | None:
    """Where the user stands in `AUTH user password`; nowhere in the default user's `AUTH password`."""
    return 1 if len(words) == 3 else None


def _user_of_hello(words: list[bytes]) -> int | None:
    """Where the user stands in `HELLO version [AUTH user password] [SETNAME name]`."""
    at = 2
    while at + 1 < len(words):
        if words[at].upper() == b"AUTH":
            return at + 1 if at + 2 < len(words) else None
        at += 2
    return None


def _log_in_at(data: bytes, position: int) -> tuple[list[bytes], int] | None:
    """The words of the log-in that begins at a position, and where it ends; None where another command begins."""
    if data[position : position + 1] != b"*":
        end = data.find(b"\n", position)
        if end < 0:
            raise _IncompleteError
        words = data[position:end].split()
        return (words, end + 1) if words and words[0].upper() in _LOG_INS else None
    at, count = _number(data, position, b"*")
    if count == 0:
        return None
    _, length = _number(data, at, b"$")
    if length not in _LOG_IN_LENGTHS:
        return None
    name, _ = _string(data, at)
    if name.upper() not in _LOG_INS:
        return None
    words = []
    for _ in range(count):
        word, at = _string(data, at)
        words.append(word)
    return words, at


def _string(data: bytes, position: int) -> tuple[bytes, int]:
    """The string that begins at a position, and where it ends."""
    at, length = _number(data, position, b"$")
    if len(data) < at + length + 2:
        raise _IncompleteError
    return data[at : at + length], at + length + 2


def _number(data: bytes, position: int, mark: bytes) -> tuple[int, int]:
    """Where the line `mark number` that begins at a position ends, and the number."""
    if position == len(data):
        raise _IncompleteError
    if data[position : position + 1] != mark:
        raise _UnframedError
    end = data.find(b"\r\n", position, position + _LONGEST_NUMBER)
    digits = data[position + 1 : end]
    if end < 0:
        raise _IncompleteError if len(data) - position < _LONGEST_NUMBER else _UnframedError
    if not digits.isdigit():
        raise _UnframedError
    return end + 2, int(digits)


def encoded(words: Sequence[bytes]) -> bytes:
    """A command as RESP."""
    strings = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    return b"*%d\r\n%s" % (len(words), strings)
