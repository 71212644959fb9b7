"""Which wave is open, and what is shown when the database is away."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime, timedelta

import pytest

from app.common.database import Database
from app.portal import waves
from app.portal.wave_source import WaveSource
from app.portal.waves import Wave, WaveBoard, WaveStatus
from tests.app.common.test_cache import plain_cache
from tests.app.postgresql import PostgreSQL

FIRST_DAY = datetime(2020, 4, 11, tzinfo=UTC)
DAY = timedelta(days=1)


def _wave(number: int, opens_at: datetime) -> Wave:
    return Wave(
        number=number, opens_at=opens_at, closes_at=opens_at + 5 * DAY, quota=None, registered=None, accepted=None
    )


WAVES = (_wave(1, FIRST_DAY), _wave(2, FIRST_DAY + 10 * DAY))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("days", "open_wave", "upcoming", "past"),
    [
        (-1, None, 1, []),
        (0, 1, 2, []),
        (4.99, 1, 2, []),
        (5, None, 2, [1]),
        (10, 2, None, [1]),
        (15, None, None, [2, 1]),
    ],
)
def test_a_wave_is_open_from_its_opening_until_before_its_closing(
    days: float, open_wave: int | None, upcoming: int | None, past: list[int]
) -> None:
    status = WaveStatus.at(FIRST_DAY + days * DAY, WAVES)
    assert (status.open and status.open.number) == open_wave
    assert (status.upcoming and status.upcoming.number) == upcoming
    assert [wave.number for wave in status.past] == past


@pytest.mark.unit
def test_before_the_database_ever_answered_nothing_is_claimed() -> None:
    async def ask() -> WaveStatus | None:
        async with Database(pool_size=1, login={"host": "/nonexistent", "user": "portal"}) as database:
            return await WaveBoard(WaveSource(database, plain_cache(1))).status()

    assert asyncio.run(ask()) is None


@pytest.mark.sandbox
def test_the_seeded_wave_is_over(migrated: PostgreSQL) -> None:
    async def ask() -> WaveStatus | None:
        async with Database(pool_size=1, login=migrated.login("portal")) as database:
            return await WaveBoard(WaveSource(database, plain_cache(1))).status()

    status = asyncio.run(ask())
    assert status is not None
    assert status.open is None
    assert [wave.accepted for wave in status.past] == [168_111]


@pytest.mark.sandbox
def test_many_visitors_share_one_reading(migrated: PostgreSQL) -> None:
    async def ask() -> list[WaveStatus | None]:
        async with Database(pool_size=1, login=migrated.login("portal")) as database:
            board = WaveBoard(WaveSource(database, plain_cache(1)))
            return await asyncio.gather(*(board.status() for _ in range(200)))

    assert len(set(asyncio.run(ask()))) == 1


@pytest.mark.sandbox
def test_what_was_known_last_is_shown_while_the_database_is_away(
    migrated: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waves, "FRESH_SECONDS", 0.0)

    async def ask() -> None:
        async with Database(pool_size=1, login=migrated.login("portal")) as database:
            board = WaveBoard(WaveSource(database, plain_cache(1)))
            known = await board.status()
            await asyncio.to_thread(migrated.stop, signal.SIGINT)
            try:
                assert await board.status() == known
                assert known is not None
            finally:
                await asyncio.to_thread(migrated.start)
            assert await board.status() == known

    asyncio.run(ask())
