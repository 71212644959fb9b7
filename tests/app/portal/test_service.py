"""The portal's addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.common.database import Database
from app.portal.service import create_with
from tests.app.common.test_cache import plain_cache
from tests.app.conftest import service_settings
from tests.app.postgresql import PostgreSQL


@pytest.fixture
def without_database() -> Iterator[TestClient]:
    application = create_with(
        service_settings("portal"),
        Database(pool_size=1, login={"host": "/nonexistent", "user": "portal"}),
        plain_cache(1),
    )
    with TestClient(application, follow_redirects=False) as client:
        yield client


@pytest.fixture
def on_database(migrated: PostgreSQL) -> Iterator[TestClient]:
    application = create_with(
        service_settings("portal"), Database(pool_size=1, login=migrated.login("portal")), plain_cache(1)
    )
    with TestClient(application, follow_redirects=False) as client:
        yield client


@pytest.mark.unit
@pytest.mark.parametrize("path", ["/", "/gelombang", "/daftar", "/hasil", "/terverifikasi"])
def test_every_page_is_served_without_a_database(without_database: TestClient, path: str) -> None:
    response = without_database.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert without_database.head(path).content == b""


@pytest.mark.unit
def test_the_process_is_healthy_and_not_ready_without_a_database(without_database: TestClient) -> None:
    assert without_database.get("/healthz").status_code == 200
    ready = without_database.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        503,
        {"ready": False, "checks": {"database": "the database does not answer"}},
    )


@pytest.mark.unit
def test_public_pages_are_kept_briefly_and_form_and_result_never(without_database: TestClient) -> None:
    for path in ("/", "/gelombang"):
        assert without_database.get(path).headers["cache-control"].startswith("public, max-age=30")
    for path in ("/daftar", "/hasil", "/terverifikasi", "/nowhere"):
        assert without_database.get(path).headers["cache-control"] == "no-store"


@pytest.mark.unit
def test_a_page_that_the_browser_holds_is_not_sent_again(without_database: TestClient) -> None:
    tag = without_database.get("/").headers["etag"]
    again = without_database.get("/", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.unit
def test_a_page_is_compressed_only_where_the_browser_takes_it(without_database: TestClient) -> None:
    compressed = without_database.get("/", headers={"accept-encoding": "gzip, br"})
    plain = without_database.get("/", headers={"accept-encoding": "identity"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert compressed.text == plain.text
    assert compressed.headers["vary"] == "accept-encoding"


@pytest.mark.unit
def test_an_unknown_address_is_a_page_that_leads_on(without_database: TestClient) -> None:
    response = without_database.get("/nowhere")
    assert response.status_code == 404
    assert "Halaman tidak ditemukan" in response.text


@pytest.mark.sandbox
def test_it_is_ready_on_a_migrated_database(on_database: TestClient) -> None:
    ready = on_database.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "checks": {"database": "ok"}})


@pytest.mark.sandbox
def test_no_wave_is_open_and_the_first_ones_figures_are_shown(on_database: TestClient) -> None:
    text = on_database.get("/gelombang").text
    assert "Tidak ada gelombang yang dibuka" in text
    assert "11\u201316 April 2020" in text
    assert "5.965.048" in text
    assert "168.111" in text
