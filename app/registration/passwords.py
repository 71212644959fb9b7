"""Passwords: which ones are good enough, and how they are kept."""

from __future__ import annotations

import asyncio
import ctypes
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher

from app.registration.faults import FaultCode, FieldError

# NIST SP 800-63B-4 asks for 15 characters where a password is the only factor, as it is here; it asks for no mixture
# of kinds of characters, which makes passwords harder to remember and hardly harder to guess.
SHORTEST = 15
LONGEST = 128
_FEWEST_DIFFERENT = 6

# What is left of these once digits and punctuation are taken away is no secret here. Digits alone are out as well:
# of that length they are a NIK, a family card's number, or a telephone number.
_EXPECTED = frozenset(
    {
        "",
        "bismillah",
        "gelombangprakerja",
        "indonesia",
        "indonesiaraya",
        "kartuprakerja",
        "katasandi",
        "katasandisaya",
        "password",
        "passwordprakerja",
        "prakerja",
        "prakerjaindonesia",
        "qwertyuiop",
        "qwertyuiopasdfgh",
        "qwertyuiopasdfghjkl",
        "qwertyuiopasdfghjklzxcvbnm",
        "rahasia",
        "sayangkamu",
        "abcdefghijklmno",
        "abcdefghijklmnopqrstuvwxyz",
    }
)
_NO_LETTERS = re.compile(r"[\W\d_]+")

# OWASP's Password Storage Cheat Sheet: Argon2id with at least 19 MiB, 2 iterations, 1 degree of parallelism.
_HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
_M_MMAP_THRESHOLD = -3  # malloc.h
_MOST_WAITING = 50  # about a second and a half of hashing


class BusyError(Exception):
    """Too many passwords wait to be hashed."""


def parse_password(text: str) -> str:
    """A password in one form for all keyboards (NFKC), of 15 to 128 characters. Raises FieldError."""
    password = unicodedata.normalize("NFKC", text)
    if len(password) < SHORTEST:
        raise FieldError(FaultCode.TOO_SHORT if password else FaultCode.REQUIRED)
    if len(password) > LONGEST:
        raise FieldError(FaultCode.TOO_LONG)
    if len(set(password)) < _FEWEST_DIFFERENT or _NO_LETTERS.sub("", password).casefold() in _EXPECTED:
        raise FieldError(FaultCode.EASY_TO_GUESS)
    return password


class PasswordHashing:
    """Hashes one password at a time, in a thread, so that requests beside it don't wait.

    A hash takes some 25 ms of a core and 19 MiB: more at once would be no faster on a machine of two, and would not
    fit a container's memory.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, initializer=_return_memory)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The Argon2id hash with its salt and parameters, in the PHC string format. Raises BusyError."""
        if self._waiting >= _MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, _HASHER.hash, password)
        finally:
            self._waiting -= 1


def _return_memory() -> None:
    """Have the C library give each hash's memory back to the system. Left alone it keeps it from the second hash on."""
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)
