"""Passwords."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from app.registration import passwords as module
from app.registration.faults import FaultCode, FieldError
from app.registration.passwords import LONGEST, SHORTEST, BusyError, PasswordHashing, parse_password

pytestmark = pytest.mark.unit

GOOD = "kucing lompat pagar biru"


@pytest.mark.parametrize(
    "text", [GOOD, "x" * 9 + "abcdef", "\u5bc6\u7801\u5bc6\u78011234567890abc", "a!" * 20 + "bcde"]
)
def test_length_is_what_counts_and_no_mixture_is_asked_for(text: str) -> None:
    assert parse_password(text) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", FaultCode.REQUIRED),
        ("Abc123!xyzabcd", FaultCode.TOO_SHORT),
        ("ab" * (LONGEST // 2) + "c", FaultCode.TOO_LONG),
        ("aaaaaaaaaaaaaaaaaaaa", FaultCode.EASY_TO_GUESS),
        ("ababababababababab", FaultCode.EASY_TO_GUESS),
        ("3201016703980001", FaultCode.EASY_TO_GUESS),
        ("0812-3456-7890-123", FaultCode.EASY_TO_GUESS),
        ("KartuPrakerja2026!", FaultCode.EASY_TO_GUESS),
        ("password123456789", FaultCode.EASY_TO_GUESS),
        ("qwertyuiop1234567", FaultCode.EASY_TO_GUESS),
    ],
)
def test_what_is_short_or_expected_is_refused(text: str, code: FaultCode) -> None:
    with pytest.raises(FieldError) as refused:
        parse_password(text)
    assert refused.value.code == code


def test_a_password_is_the_same_from_every_keyboard() -> None:
    assert parse_password("cafe\u0301 hangat di pagi") == parse_password("caf\u00e9 hangat di pagi")


def test_no_expected_word_hides_behind_a_typing_mistake_of_ours() -> None:
    assert all(word == word.casefold() and word.isalpha() for word in module._EXPECTED if word)


def test_a_hash_is_argon2id_with_owasps_parameters_and_its_own_salt() -> None:
    hashing = PasswordHashing()

    async def twice() -> tuple[str, str]:
        return await hashing.hash(GOOD), await hashing.hash(GOOD)

    one, other = asyncio.run(twice())
    parameters = extract_parameters(one)
    assert (parameters.type, parameters.parallelism) == (Type.ID, 1)
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert one != other
    assert PasswordHasher().verify(other, GOOD)


def test_the_event_loop_goes_on_while_passwords_are_hashed() -> None:
    hashing = PasswordHashing()

    async def longest_gap() -> float:
        hashes = asyncio.gather(*(hashing.hash(GOOD) for _ in range(8)))
        longest, last = 0.0, time.perf_counter()
        while not hashes.done():
            await asyncio.sleep(0.001)
            longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
        return longest

    started = time.perf_counter()
    gap = asyncio.run(longest_gap())
    assert gap < (time.perf_counter() - started) / 2


def test_too_many_at_once_are_turned_away_and_the_rest_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_WAITING", 2)
    hashing = PasswordHashing()

    async def rush() -> list[object]:
        return list(await asyncio.gather(*(hashing.hash(GOOD) for _ in range(5)), return_exceptions=True))

    results = asyncio.run(rush())
    assert sum(isinstance(result, BusyError) for result in results) == 3
    assert asyncio.run(hashing.hash(GOOD)).startswith("$argon2id$")


def test_the_shortest_is_what_nist_asks_of_a_password_that_stands_alone() -> None:
    assert SHORTEST >= 15
    assert LONGEST >= 64


def test_a_process_keeps_no_memory_of_the_hashes_it_has_made() -> None:
    script = """
import asyncio, resource
from app.registration.passwords import PasswordHashing

def resident() -> int:
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

hashing, before = PasswordHashing(), resident()

async def several() -> None:
    for _ in range(5):
        await hashing.hash("kucing lompat pagar biru")

asyncio.run(several())
assert resident() - before < 8 * 1024 * 1024, resident() - before
"""
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=True)
