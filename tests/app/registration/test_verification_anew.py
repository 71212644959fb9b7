"""The verification mail once more: for the account's own address alone, not too often, and without a word of whose."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.common.database import Database
from app.notification.message import EmailVerification, read
from app.registration.service import create_with
from tests.app.conftest import LoadedKeys, service_settings
from tests.app.html import Document
from tests.app.postgresql import PostgreSQL
from tests.app.registration.samples import applicant

pytestmark = pytest.mark.sandbox

PASSWORD = "kucing lompat pagar biru"


@pytest.fixture
def client(migrated: PostgreSQL) -> Iterator[TestClient]:
    asyncio.run(migrated.query("master", "TRUNCATE registration.account, relay.outbox CASCADE"))
    database = Database(pool_size=2, login=migrated.login("registration"))
    application = create_with(service_settings("registration"), database, LoadedKeys())
    with TestClient(application, follow_redirects=False) as opened:
        assert opened.post("/api/accounts", json=applicant()).status_code == 201
        yield opened


def _ask(client: TestClient, **changes: str) -> Any:
    person = applicant()
    return client.post("/verifikasi", data={"nik": person["nik"], "email": person["email"], **changes})


def _later(migrated: PostgreSQL) -> None:
    """Ten minutes after everything that has happened."""
    past = "interval '10 minutes'"
    statement = (
        f"UPDATE registration.account SET registered_at = registered_at - {past},"  # noqa: S608 - a constant
        f" verification_ordered_at = verification_ordered_at - {past}"
    )
    asyncio.run(migrated.query("master", statement))


def _messages(migrated: PostgreSQL) -> list[EmailVerification]:
    rows = asyncio.run(migrated.query("relay", "SELECT body FROM relay.outbox ORDER BY id"))
    return [read(row["body"]) for row in rows]


def test_a_second_mail_goes_to_the_address_as_registered_and_its_link_works(
    client: TestClient, migrated: PostgreSQL
) -> None:
    _later(migrated)
    assert _ask(client, email=applicant()["email"].upper()).headers["location"] == "/verifikasi?terkirim"
    first, second = _messages(migrated)
    assert (second.to, second.name) == (first.to, first.name)
    assert second.token != first.token
    sent = {"token": second.token, "password": PASSWORD, "repeated": PASSWORD}
    assert client.post("/verifikasi", data=sent).headers["location"] == "/terverifikasi"


def test_within_ten_minutes_no_other_is_sent(client: TestClient, migrated: PostgreSQL) -> None:
    _ask(client)
    assert len(_messages(migrated)) == 1
    _later(migrated)
    _ask(client)
    _ask(client)
    assert len(_messages(migrated)) == 2


def test_nobody_learns_who_is_registered_or_verified(client: TestClient, migrated: PostgreSQL) -> None:
    _later(migrated)
    others = [
        _ask(client, email="lain@contoh.id"),
        _ask(client, nik="3201016703980002"),
        _ask(client),
        _ask(client),
    ]
    (_, ordered) = _messages(migrated)
    client.post("/verifikasi", data={"token": ordered.token, "password": PASSWORD, "repeated": PASSWORD})
    _later(migrated)
    others.append(_ask(client))
    assert len(_messages(migrated)) == 2
    answers = {(one.status_code, one.headers["location"], one.content) for one in others}
    assert answers == {(303, "/verifikasi?terkirim", b"")}
    shown = client.get("/verifikasi?terkirim")
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")


def test_the_form_works_without_script(client: TestClient) -> None:
    document = Document.of(client.get("/verifikasi").text)
    form = document.one("form")
    assert (form.attributes["method"], form.attributes["action"]) == ("post", "/verifikasi")
    assert {each.attributes["name"] for each in document.all("input")} == {"nik", "email"}


def test_what_can_be_nobodys_is_pointed_out_and_not_sent_back(client: TestClient) -> None:
    response = _ask(client, nik="123", email="siapa")
    assert response.status_code == 422
    assert "siapa" not in response.text
    assert {link.attributes["href"] for link in Document.of(response.text).all("a")} >= {"#nik", "#email"}


def test_without_the_database_it_says_that_nothing_was_taken(migrated: PostgreSQL) -> None:
    nowhere = Database(pool_size=1, login={**migrated.login("registration"), "host": "/nonexistent"})
    with TestClient(create_with(service_settings("registration"), nowhere, LoadedKeys())) as client:
        assert _ask(client).status_code == 503
