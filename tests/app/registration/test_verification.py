"""From the mail's link to a verified address and a password, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from app.common.database import Database
from app.notification.message import EmailVerification, read
from app.registration.accounts import new_id
from app.registration.passwords import PasswordHashing
from app.registration.service import create_with
from app.registration.verification import Token, Verification, token_state, use_token
from tests.app.conftest import LoadedKeys, service_settings
from tests.app.html import Document
from tests.app.postgresql import PostgreSQL
from tests.app.registration.samples import applicant

PASSWORD = "kucing lompat pagar biru"
UNKNOWN = "u" * 43


@pytest.fixture
def client(migrated: PostgreSQL) -> Iterator[TestClient]:
    asyncio.run(migrated.query("master", "TRUNCATE registration.account, relay.outbox CASCADE"))
    database = Database(pool_size=2, login=migrated.login("registration"))
    application = create_with(service_settings("registration"), database, LoadedKeys())
    with TestClient(application, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def message(client: TestClient, migrated: PostgreSQL) -> EmailVerification:
    """What a registration put into the outbox."""
    assert client.post("/api/accounts", json=applicant()).status_code == 201
    (row,) = asyncio.run(migrated.query("relay", "SELECT id, body FROM relay.outbox"))
    sent = read(row["body"])
    assert sent.id == row["id"]
    return sent


def _send(client: TestClient, token: str, password: str = PASSWORD, repeated: str = PASSWORD):  # type: ignore[no-untyped-def]
    return client.post("/verifikasi", data={"token": token, "password": password, "repeated": repeated})


def _account(migrated: PostgreSQL) -> tuple[bool, str | None]:
    """Whether its address is verified, and its password's hash."""
    (row,) = asyncio.run(migrated.query("master", "SELECT email_verified_at, password_hash FROM registration.account"))
    return row["email_verified_at"] is not None, row["password_hash"]


def _expire(migrated: PostgreSQL) -> None:
    asyncio.run(migrated.query("master", "UPDATE registration.email_verification SET expires_at = now()"))


@pytest.mark.sandbox
def test_a_registration_orders_a_mail_and_keeps_of_the_token_a_hash_only(
    message: EmailVerification, migrated: PostgreSQL
) -> None:
    assert (message.to, message.name) == (applicant()["email"], applicant()["name"])
    rows = asyncio.run(migrated.query("master", "SELECT * FROM registration.email_verification"))
    assert message.token not in repr([dict(row) for row in rows])
    assert timedelta(hours=23.9) < message.expires_at - datetime.now(UTC) <= timedelta(hours=24)
    assert [row["expires_at"] for row in rows] == [message.expires_at]


@pytest.mark.sandbox
def test_a_known_nik_orders_no_second_mail(
    client: TestClient, message: EmailVerification, migrated: PostgreSQL
) -> None:
    assert client.post("/api/accounts", json=applicant()).status_code == 409
    rows = asyncio.run(migrated.query("relay", "SELECT id FROM relay.outbox"))
    assert [row["id"] for row in rows] == [message.id]


@pytest.mark.sandbox
def test_the_link_opens_a_form_that_works_without_script_and_tells_nobody_its_token(
    client: TestClient, message: EmailVerification
) -> None:
    response = client.get("/verifikasi", params={"token": message.token})
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert response.headers.get_list("referrer-policy") == ["no-referrer"]
    document = Document.of(response.text)
    form = document.one("form")
    assert (form.attributes["method"], form.attributes["action"]) == ("post", "/verifikasi")
    inputs = {each.attributes["name"]: each for each in document.all("input")}
    assert inputs["token"].attributes["value"] == message.token
    assert {inputs[name].attributes["autocomplete"] for name in ("password", "repeated")} == {"new-password"}


@pytest.mark.sandbox
def test_the_form_verifies_the_address_and_sets_the_password(
    client: TestClient, message: EmailVerification, migrated: PostgreSQL
) -> None:
    assert _account(migrated) == (False, None)
    response = _send(client, message.token)
    assert (response.status_code, response.headers["location"]) == (303, "/terverifikasi")
    verified, password_hash = _account(migrated)
    assert verified
    assert password_hash is not None
    assert PasswordHasher().verify(password_hash, PASSWORD)


@pytest.mark.sandbox
def test_a_second_click_ends_as_the_first_and_changes_nothing(
    client: TestClient, message: EmailVerification, migrated: PostgreSQL
) -> None:
    _send(client, message.token)
    first = _account(migrated)
    other = "sepeda merah di atas awan"
    again = _send(client, message.token, other, other)
    assert (again.status_code, again.headers["location"]) == (303, "/terverifikasi")
    assert client.get("/verifikasi", params={"token": message.token}).headers["location"] == "/terverifikasi"
    assert _account(migrated) == first


@pytest.mark.sandbox
def test_two_clicks_at_once_use_the_token_once(
    client: TestClient, message: EmailVerification, migrated: PostgreSQL
) -> None:
    async def both() -> list[Token]:
        async with Database(pool_size=4, login=migrated.login("registration")) as database:
            return await asyncio.gather(*(use_token(database, message.token, f"hash {n}") for n in range(4)))

    assert sorted(token.name for token in asyncio.run(both())) == ["OPEN", "USED", "USED", "USED"]


@pytest.mark.sandbox
@pytest.mark.parametrize("token", ["", "x", UNKNOWN, UNKNOWN + "u", "' OR 1=1 --", "\u00e9" * 43])
def test_an_unknown_token_and_an_expired_one_look_the_same(
    client: TestClient, message: EmailVerification, migrated: PostgreSQL, token: str
) -> None:
    _expire(migrated)
    expired = client.get("/verifikasi", params={"token": message.token})
    unknown = client.get("/verifikasi", params={"token": token})
    assert expired.status_code == unknown.status_code == 404
    assert expired.text == unknown.text
    assert "Tautan ini tidak berlaku" in unknown.text
    for each in (message.token, token):
        assert _send(client, each).status_code == 404
    assert _account(migrated) == (False, None)


@pytest.mark.sandbox
def test_an_expired_token_that_was_used_in_time_still_says_so(
    client: TestClient, message: EmailVerification, migrated: PostgreSQL
) -> None:
    _send(client, message.token)
    _expire(migrated)
    assert _send(client, message.token).status_code == 303


@pytest.mark.sandbox
def test_no_password_is_hashed_for_a_stranger(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_self: PasswordHashing, _password: str) -> str:
        raise AssertionError

    monkeypatch.setattr(PasswordHashing, "hash", never)
    assert _send(client, UNKNOWN).status_code == 404


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("password", "repeated", "field", "words"),
    [
        ("kuda", "kuda", "password", "terlalu pendek"),
        ("3201016703980001", "3201016703980001", "password", "terlalu mudah ditebak"),
        (PASSWORD, "kucing lompat pagar hijau", "repeated", "tidak sama"),
    ],
)
def test_a_fault_is_told_beside_its_field_and_nothing_typed_comes_back(
    client: TestClient,
    message: EmailVerification,
    migrated: PostgreSQL,
    password: str,
    repeated: str,
    field: str,
    words: str,
) -> None:
    response = _send(client, message.token, password, repeated)
    assert (response.status_code, response.headers["cache-control"]) == (422, "no-store")
    assert words in Document.of(response.text).by_id(f"{field}-galat").text
    assert password not in response.text
    assert _account(migrated) == (False, None)
    assert _send(client, message.token).status_code == 303, "the token is still open"


@pytest.mark.sandbox
def test_no_token_and_no_password_is_logged(
    client: TestClient, message: EmailVerification, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client.get("/verifikasi", params={"token": message.token})
    _send(client, message.token)
    ours = [vars(record) for record in caplog.records if record.name == "request" or record.name.startswith("app.")]
    assert [entry["fields"]["route"] for entry in ours] == ["/verifikasi", "/verifikasi"]
    for secret in (message.token, PASSWORD):
        assert secret not in repr(ours)


@pytest.mark.sandbox
def test_a_token_is_found_by_its_hash_only(migrated: PostgreSQL, message: EmailVerification) -> None:
    async def states() -> list[Token]:
        async with Database(pool_size=1, login=migrated.login("registration")) as database:
            (row,) = await migrated.query("master", "SELECT token_hash FROM registration.email_verification")
            return [await token_state(database, each) for each in (message.token, row["token_hash"].hex())]

    assert asyncio.run(states()) == [Token.OPEN, Token.INVALID]


@pytest.mark.unit
def test_without_a_database_the_form_says_so_and_keeps_the_token() -> None:
    database = Database(pool_size=1, login={"host": "/nonexistent", "user": "registration"})
    application = create_with(service_settings("registration"), database, LoadedKeys())
    with TestClient(application, follow_redirects=False) as client:
        assert client.get("/verifikasi", params={"token": UNKNOWN}).status_code == 503
        response = _send(client, UNKNOWN)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert UNKNOWN in response.text
        assert "belum tersimpan" in response.text
        assert client.put("/verifikasi").status_code == 405


@pytest.mark.unit
def test_a_message_is_json_without_surprises() -> None:
    fields = msgspec.json.decode(Verification(message_id=new_id(), to="a@b.id", name="Siti").message)
    assert set(fields) == {"id", "kind", "to", "name", "token", "expires_at"}
