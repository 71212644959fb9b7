"""What every response carries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app.common.middleware import SECURITY_HEADERS, ResponseHeaders
from tests.app.conftest import service_settings

pytestmark = pytest.mark.unit


async def _fail(_request: Request) -> Response:
    raise RuntimeError("3201016703980001")


async def _answer(_request: Request) -> Response:
    return Response("ok")


@pytest.fixture
def client() -> Iterator[TestClient]:
    application = Starlette(routes=[Route("/", _answer), Route("/fails", _fail)])
    with TestClient(ResponseHeaders(application, service_settings("portal")), raise_server_exceptions=False) as opened:
        yield opened


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/nowhere", 404), ("/fails", 500)])
def test_every_response_has_the_common_headers(client: TestClient, path: str, status: int) -> None:
    response = client.get(path)
    assert response.status_code == status
    for name, value in SECURITY_HEADERS:
        assert response.headers[name.decode()] == value.decode()
    assert response.headers["x-served-by"] == "i-0123456789abcdef0"
    assert response.headers["x-release"] == "0123456789ab"
    assert response.headers["x-request-id"]


def test_the_load_balancers_trace_id_is_kept_and_anything_odd_is_not(client: TestClient) -> None:
    trace = "Root=1-67891233-abcdef012345678912345678"
    assert client.get("/", headers={"x-amzn-trace-id": trace}).headers["x-request-id"] == trace
    assert client.get("/", headers={"x-amzn-trace-id": '"}{'}).headers["x-request-id"] != '"}{'


def test_the_log_names_the_route_but_never_an_unknown_path(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "request")
    client.get("/?nik=3201016703980001")
    client.get("/3201016703980001")
    served = [record.fields for record in caplog.records if record.name == "request"]  # type: ignore[attr-defined]
    assert [entry["route"] for entry in served] == ["/", None]
    assert "3201016703980001" not in repr(served)
