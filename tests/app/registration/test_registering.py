"""Registering on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from starlette.testclient import TestClient

from app.common.database import Database
from app.identity.message import read, unseal
from app.registration.accounts import KnownNikError, create_account
from app.registration.service import create_with
from app.registration.validation import validate
from tests.app.conftest import LoadedKeys, service_settings
from tests.app.postgresql import PostgreSQL
from tests.app.registration.samples import applicant, form

pytestmark = pytest.mark.sandbox

KEYS = LoadedKeys()


@pytest.fixture
def client(migrated: PostgreSQL) -> Iterator[TestClient]:
    asyncio.run(migrated.query("master", "TRUNCATE registration.account, relay.outbox CASCADE"))
    database = Database(pool_size=2, login=migrated.login("registration"))
    with TestClient(create_with(service_settings("registration"), database, KEYS), follow_redirects=False) as opened:
        yield opened


def test_the_answer_is_the_account_and_its_row_is_sealed(client: TestClient, migrated: PostgreSQL) -> None:
    response = client.post("/api/accounts", json=applicant(1))
    assert response.status_code == 201
    account_id = UUID(response.json()["account_id"])
    (row,) = asyncio.run(migrated.query("master", "SELECT * FROM registration.account WHERE id = $1", account_id))
    sent = applicant(1)
    assert sent["nik"] not in repr(dict(row))
    assert sent["family_card_number"] not in repr(dict(row))
    assert (row["telephone"], row["email"], row["name"]) == ("+6281234567890", sent["email"], sent["name"])
    assert KEYS.keys is not None
    for column in ("nik", "family_card_number"):
        opened = KEYS.keys.decrypt(
            row[f"{column}_sealed"], version=row["key_version"], account_id=account_id, column=column
        )
        assert opened == sent[column]


def test_a_known_nik_is_409_whatever_else_is_sent(client: TestClient) -> None:
    assert client.post("/api/accounts", json=applicant(2)).status_code == 201
    response = client.post("/api/accounts", json=applicant(2) | {"email": "lain@contoh.id"})
    assert (response.status_code, response.json()["code"]) == (409, "known_nik")


def test_an_account_outlives_a_crash_of_the_server_right_after_its_201(
    client: TestClient, migrated: PostgreSQL
) -> None:
    account_id = UUID(client.post("/api/accounts", json=applicant(5)).json()["account_id"])
    migrated.stop(signal.SIGQUIT)
    migrated.start()
    rows = asyncio.run(migrated.query("master", "SELECT id FROM registration.account"))
    assert [row["id"] for row in rows] == [account_id]
    assert client.post("/api/accounts", json=applicant(5)).status_code == 409


def test_fifty_at_once_with_one_nik_make_one_account(migrated: PostgreSQL) -> None:
    async def rush() -> list[object]:
        async with Database(pool_size=8, login=migrated.login("registration")) as database:
            assert KEYS.keys is not None
            same = validate(applicant(3))
            attempts = (create_account(database, KEYS.keys, same, check_identity=True) for _ in range(50))
            return list(await asyncio.gather(*attempts, return_exceptions=True))

    results = asyncio.run(rush())
    assert sum(isinstance(result, UUID) for result in results) == 1
    assert sum(isinstance(result, KnownNikError) for result in results) == 49


def test_the_form_registers_and_leads_to_the_result_without_personal_data(client: TestClient) -> None:
    grouped = form(4)["nik"][:4] + " " + form(4)["nik"][4:]
    response = client.post("/pendaftaran", data=form(4) | {"nik": grouped})
    assert (response.status_code, response.headers["location"]) == (303, "/hasil")
    again = client.post("/pendaftaran", data=form(4))
    assert again.status_code == 409
    assert "NIK ini sudah terdaftar" in again.text
    assert client.post("/api/accounts", json=applicant(4)).status_code == 409


def test_an_identity_is_sent_for_its_check_sealed_and_only_where_a_partner_checks(migrated: PostgreSQL) -> None:
    for partners, expected in ((frozenset({"identity"}), 1), (frozenset({"wallet"}), 0)):
        asyncio.run(migrated.query("master", "TRUNCATE registration.account, relay.identity_outbox CASCADE"))
        settings = replace(service_settings("registration"), partners=partners)
        database = Database(pool_size=2, login=migrated.login("registration"))
        with TestClient(create_with(settings, database, KEYS)) as client:
            account_id = UUID(client.post("/api/accounts", json=applicant(6)).json()["account_id"])
            assert client.post("/api/accounts", json=applicant(6)).status_code == 409
        rows = asyncio.run(migrated.query("master", "SELECT id, body FROM relay.identity_outbox"))
        assert [row["id"] for row in rows] == [account_id] * expected
        for row in rows:
            message = read(row["body"])
            assert message.id == account_id
            assert KEYS.keys is not None
            sent = applicant(6)
            assert msgspec.to_builtins(unseal(message, KEYS.keys)) == {
                name: sent[name] for name in ("nik", "name", "birth_date")
            }
            assert not [value for value in sent.values() if value in row["body"]]


def test_it_is_ready_with_database_and_keys(client: TestClient) -> None:
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "identity_key": "ok"})
