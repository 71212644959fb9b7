"""An address is taken off those that are barred by a person, who is put down for it; on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import io
import logging

import pytest

from app.common.database import Database
from app.common.settings import DatabaseSettings
from app.notification import allow as job
from app.notification.allow import DONE, FAILED, REFUSED, WRONG_USE, allow, main
from app.notification.barred import BarredAddresses, Reason
from tests.app.postgresql import PostgreSQL

SAID = ("--by", "Rini", "--why", "ticket 4711")
ENVIRONMENT = {
    "AWS_REGION": "ap-southeast-3",
    "PRAKERJA_DATABASE_HOST": "database.invalid",
    "PRAKERJA_DATABASE_PORT": "5432",
    "PRAKERJA_DATABASE_NAME": "prakerja",
    "PRAKERJA_DATABASE_CA_BUNDLE": "/nonexistent",
}


@pytest.fixture
def barred(migrated: PostgreSQL) -> PostgreSQL:
    asyncio.run(migrated.query("master", "TRUNCATE notification.barred, notification.allowed"))
    return migrated


def _database(postgresql: PostgreSQL) -> Database:
    return Database(pool_size=1, login=postgresql.login("notification"))


def _bar(postgresql: PostgreSQL, address: str, reason: Reason) -> None:
    async def within() -> None:
        async with _database(postgresql) as database:
            await BarredAddresses(database).bar([address], reason)

    asyncio.run(within())


def _allow(postgresql: PostgreSQL, address: str, *, although_complained: bool = False) -> int:
    return asyncio.run(
        allow(_database(postgresql), address, by="Rini", why="ticket 4711", although_complained=although_complained)
    )


def _is_barred(postgresql: PostgreSQL, address: str) -> bool:
    async def ask() -> bool:
        async with _database(postgresql) as database:
            return await BarredAddresses(database).include(address)

    return asyncio.run(ask())


def _put_down(postgresql: PostgreSQL) -> list[tuple[str, str, str]]:
    rows = asyncio.run(postgresql.query("master", "SELECT reason, asked_by, because FROM notification.allowed"))
    return [tuple(row) for row in rows]


@pytest.mark.sandbox
def test_who_bounced_is_written_to_again_however_the_address_is_spelt(barred: PostgreSQL) -> None:
    _bar(barred, "Ani@contoh.id", "bounced")
    assert _allow(barred, "ani@CONTOH.id") == DONE
    assert not _is_barred(barred, "ani@contoh.id")
    assert _put_down(barred) == [("bounced", "Rini", "ticket 4711")]


@pytest.mark.sandbox
def test_doing_it_again_changes_nothing_and_nobody_else_is_written_to(barred: PostgreSQL) -> None:
    _bar(barred, "ani@contoh.id", "bounced")
    _bar(barred, "budi@contoh.id", "bounced")
    assert [_allow(barred, "ani@contoh.id") for _ in range(2)] == [DONE, DONE]
    assert _is_barred(barred, "budi@contoh.id")
    assert len(_put_down(barred)) == 1


@pytest.mark.sandbox
def test_who_complained_stays_barred_until_they_themselves_ask(barred: PostgreSQL) -> None:
    _bar(barred, "siti@contoh.id", "complained")
    assert _allow(barred, "siti@contoh.id") == REFUSED
    assert _is_barred(barred, "siti@contoh.id")
    assert _put_down(barred) == []
    assert _allow(barred, "siti@contoh.id", although_complained=True) == DONE
    assert not _is_barred(barred, "siti@contoh.id")
    assert _put_down(barred) == [("complained", "Rini", "ticket 4711")]


@pytest.mark.sandbox
def test_the_log_says_who_and_why_and_never_the_address(barred: PostgreSQL, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    _bar(barred, "ani@contoh.id", "bounced")
    _allow(barred, "ani@contoh.id")
    (record,) = [one for one in caplog.records if one.name == "app.notification.allow"]
    fields = record.__dict__["fields"]
    assert (fields["asked_by"], fields["because"]) == ("Rini", "ticket 4711")
    assert "ani" not in repr(record.__dict__)


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "ani@contoh.id\n") -> int:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return main(arguments)


@pytest.mark.unit
@pytest.mark.parametrize("typed", ["", "\n", "ani", "ani@contoh.id siti@contoh.id\n", "@contoh.id\n"])
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    assert _run(monkeypatch, *SAID, typed=typed) == WRONG_USE


@pytest.mark.unit
@pytest.mark.parametrize(
    "arguments",
    [(), SAID[:2], SAID[2:], ("--by", " ", *SAID[2:]), (*SAID, "ani@contoh.id"), (*SAID[:3], "asked by ani@contoh.id")],
)
def test_somebody_is_named_and_a_reason_and_no_address_stands_among_the_arguments(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        _run(monkeypatch, *arguments)
    assert ended.value.code == WRONG_USE


@pytest.mark.unit
def test_a_machine_that_is_not_told_of_the_database_is_named_as_such(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PRAKERJA_DATABASE_HOST", raising=False)
    monkeypatch.setenv("AWS_REGION", "ap-southeast-3")
    assert main(SAID) == WRONG_USE
    assert "PRAKERJA_DATABASE_HOST" in capsys.readouterr().err


@pytest.mark.unit
def test_without_the_database_it_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    def nowhere(user: str, database: DatabaseSettings, *, region: str, pool_size: int) -> Database:
        del database, region
        return Database(pool_size=pool_size, login={"host": str(tmp_path_factory.mktemp("none")), "user": user})

    monkeypatch.setattr(job, "database_as", nowhere)
    assert _run(monkeypatch, *SAID) == FAILED
    assert "the database does not answer" in capsys.readouterr().err
