"""What the service refuses, and how it says so; none of it needs a database."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.common.database import Database
from app.registration.body import LARGEST_BODY
from app.registration.service import create_with
from tests.app.conftest import LoadedKeys, service_settings
from tests.app.html import Document
from tests.app.registration.samples import applicant, form

pytestmark = pytest.mark.unit

JSON = {"content-type": "application/json"}


@pytest.fixture
def client() -> Iterator[TestClient]:
    database = Database(pool_size=1, login={"host": "/nonexistent", "user": "registration"})
    application = create_with(service_settings("registration"), database, LoadedKeys())
    with TestClient(application, follow_redirects=False) as opened:
        yield opened


def _codes(client: TestClient, sent: object) -> list[tuple[str, str]]:
    response = client.post("/api/accounts", json=sent)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert all(fault["message"] for fault in response.json()["faults"])
    return [(fault["field"], fault["code"]) for fault in response.json()["faults"]]


def test_every_fault_is_listed_at_once(client: TestClient) -> None:
    sent = {"nik": "1", "name": 7, "birth_date": "1999-02-29", "email": "x", "telephone": "", "unknown": 1}
    assert _codes(client, sent) == [
        ("nik", "not_16_digits"),
        ("family_card_number", "required"),
        ("name", "wrong_type"),
        ("birth_date", "not_a_date"),
        ("email", "not_an_address"),
        ("telephone", "required"),
        ("unknown", "unknown_field"),
    ]


@pytest.mark.parametrize("name", applicant())
@pytest.mark.parametrize(
    ("value", "code"), [("", "required"), ("  ", "required"), (None, "wrong_type"), (["x"], "wrong_type")]
)
def test_a_field_without_text_is_at_fault(client: TestClient, name: str, value: object, code: str) -> None:
    assert _codes(client, applicant() | {name: value}) == [(name, code)]


def test_a_nik_must_agree_with_the_birth_date(client: TestClient) -> None:
    assert _codes(client, applicant() | {"birth_date": "1980-01-02"}) == [("nik", "birth_date_differs")]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"[" * 5000, b'{"nik": NaN}'])
def test_what_is_no_json_object_is_400(client: TestClient, body: bytes) -> None:
    response = client.post("/api/accounts", content=body, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (400, "not_a_json_object")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_another_content_type_is_415(client: TestClient, media_type: str) -> None:
    body = json.dumps(applicant()).encode()
    assert client.post("/api/accounts", content=body, headers={"content-type": media_type}).status_code == 415


def test_a_content_type_may_have_parameters(client: TestClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert client.post("/api/accounts", content=b"{}", headers=headers).status_code == 422


def test_a_body_that_is_too_large_is_413_whether_or_not_it_says_so(client: TestClient) -> None:
    body = b" " * (LARGEST_BODY + 1)
    assert client.post("/api/accounts", content=body, headers=JSON).status_code == 413
    in_chunks = iter([body[:5000], body[5000:]])
    assert client.post("/api/accounts", content=in_chunks, headers=JSON).status_code == 413


def test_without_a_database_nothing_hangs_and_the_client_learns_when_to_return(client: TestClient) -> None:
    response = client.post("/api/accounts", json=applicant())
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.json()["code"] == "unavailable"


def test_without_keys_nothing_is_stored(client: TestClient) -> None:
    keys = LoadedKeys()
    database = Database(pool_size=1, login={"host": "/nonexistent", "user": "registration"})
    with TestClient(create_with(service_settings("registration"), database, keys)) as without_keys:
        keys.keys = None
        assert without_keys.post("/api/accounts", json=applicant()).status_code == 503
        assert without_keys.get("/readyz").json()["checks"]["identity_key"] == "not loaded yet"


def test_other_addresses_and_methods_are_refused_in_json(client: TestClient) -> None:
    missing, wrong = client.get("/api/accounts/1"), client.get("/api/accounts")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method_not_allowed", "POST")


def test_opening_the_forms_address_leads_to_the_form(client: TestClient) -> None:
    response = client.get("/pendaftaran")
    assert (response.status_code, response.headers["location"]) == (303, "/daftar")


def test_a_form_with_faults_comes_back_as_typed_with_each_fault_beside_its_field(client: TestClient) -> None:
    sent = form() | {"nik": "3201 01", "birth_month": "13", "email": "siti@"}
    response = client.post("/pendaftaran", data=sent)
    assert (response.status_code, response.headers["cache-control"]) == (422, "no-store")
    document = Document.of(response.text)
    values = {each.attributes["name"]: each.attributes["value"] for each in document.all("input")}
    assert values == sent
    for name in ("nik", "birth_date", "email"):
        assert document.by_id(f"{name}-galat").text
    assert document.by_id("ringkasan").text == "Ada 3 isian yang perlu diperbaiki"


def test_an_empty_form_names_every_field(client: TestClient) -> None:
    response = client.post("/pendaftaran", data={"nik": ""})
    assert "Ada 6 isian yang perlu diperbaiki" in response.text


def test_a_form_keeps_what_was_typed_when_nothing_can_be_stored(client: TestClient) -> None:
    response = client.post("/pendaftaran", data=form())
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert form()["email"] in response.text
    assert "belum tersimpan" in response.text


def test_a_form_that_is_too_large_is_answered_with_a_page(client: TestClient) -> None:
    response = client.post("/pendaftaran", data={"name": "x" * LARGEST_BODY})
    assert response.status_code == 413
    assert "belum dapat diproses" in response.text
