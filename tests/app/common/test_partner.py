"""Asking a partner, on a server that answers as one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from werkzeug.wrappers import Response

from app.common.partner import Credential, Partner, PartnerRefusedError, PartnerUnavailableError, _pause_seconds
from app.identity.results import Result
from tests.app.partner_api import SETTINGS, Api, Credentials, match

pytestmark = pytest.mark.unit

QUESTION = {"nik": "3201016703980001"}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    running = Api()
    with running.answering() as endpoint:
        monkeypatch.setenv("PARTNER_ENDPOINT_URL", endpoint)
        yield running


async def ask(partner: Partner) -> Result:
    return await partner.ask("/identity-checks", QUESTION, Result)


def test_the_answer_comes_by_a_token_that_serves_until_it_expires(api: Api) -> None:
    partner = api.partner()

    async def three() -> list[Result]:
        return [await ask(partner), *await asyncio.gather(ask(partner), ask(partner))]

    assert asyncio.run(three()) == [Result(result="match", reference="r-1")] * 3
    assert len(api.granted) == 1
    (asked, *_) = api.asked
    assert (asked.path, asked.content_type, asked.get_json()) == (
        "/identity/v1/identity-checks",
        "application/json",
        QUESTION,
    )


def test_a_token_is_replaced_before_it_expires(api: Api) -> None:
    api.lifetime = 30
    partner = api.partner()
    for _ in range(2):
        asyncio.run(ask(partner))
    assert len(api.granted) == 2


def test_a_refused_token_is_replaced_once_by_that_of_the_secret_as_it_is_now(api: Api) -> None:
    partner = api.partner("good", "better")
    asyncio.run(ask(partner))
    api.revoke()
    api.secret = "better"

    async def together() -> None:
        await asyncio.gather(*(ask(partner) for _ in range(4)))

    asyncio.run(together())
    assert len(api.granted) == 2
    assert isinstance(partner._secret, Credentials)
    assert partner._secret.reads == 2


def test_a_credential_that_is_replaced_while_its_token_lasts_is_read_again(api: Api) -> None:
    api.lifetime = 0
    partner = api.partner("good", "better")
    asyncio.run(ask(partner))
    api.secret = "better"
    asyncio.run(ask(partner))
    assert isinstance(partner._secret, Credentials)
    assert partner._secret.reads == 2


@pytest.mark.parametrize(("secrets", "why"), [(("wrong",), "no token: 401"), ((), "no credential")])
def test_without_a_good_credential_it_may_pass(api: Api, secrets: tuple[str, ...], why: str) -> None:
    partner = api.partner()
    partner._secret = Credentials(*secrets)
    with pytest.raises(PartnerUnavailableError, match=why):
        asyncio.run(ask(partner))


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_held_against_the_question_never_works(api: Api, status: int) -> None:
    api.answer = lambda _: Response(status=status)
    with pytest.raises(PartnerRefusedError, match=str(status)):
        asyncio.run(ask(api.partner()))


@pytest.mark.parametrize("status", [301, 401, 403, 404, 408, 429, 500, 502, 503])
def test_everything_else_may_pass(api: Api, status: int) -> None:
    api.answer = lambda _: Response(status=status)
    with pytest.raises(PartnerUnavailableError, match=str(status)):
        asyncio.run(ask(api.partner()))


@pytest.mark.parametrize("body", ["", "[]", '{"result": "yes", "reference": "1"}', '{"result": "match"}'])
def test_an_answer_that_was_not_agreed_is_no_answer(api: Api, body: str) -> None:
    api.answer = lambda _: Response(body)
    with pytest.raises(PartnerRefusedError, match="not agreed"):
        asyncio.run(ask(api.partner()))


def test_a_slow_answer_is_given_up_and_one_that_does_not_come_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_request: object) -> Response:
        time.sleep(1.5)
        return match()

    api.answer = slow
    partner = api.partner()
    with pytest.raises(PartnerUnavailableError, match="ReadTimeoutError"):
        asyncio.run(ask(partner))
    monkeypatch.setenv("PARTNER_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(PartnerUnavailableError, match="EndpointConnectionError"):
        asyncio.run(ask(partner))


def test_while_a_pause_is_asked_for_nothing_is_sent(api: Api) -> None:
    api.answer = lambda _: Response(status=429, headers={"Retry-After": "1"})
    partner = api.partner()
    with pytest.raises(PartnerUnavailableError, match="429"):
        asyncio.run(ask(partner))
    api.answer = lambda _: match()
    with pytest.raises(PartnerUnavailableError, match="asked for a pause"):
        asyncio.run(ask(partner))
    assert len(api.asked) == 1
    time.sleep(1)
    assert asyncio.run(ask(partner)).result == "match"


def test_a_pause_is_seconds_or_a_date_of_an_hour_at_most() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < _pause_seconds({"retry-after": soon}) <= 100
    assert _pause_seconds({"retry-after": "7"}) == 7
    assert _pause_seconds({"retry-after": "99999999"}) == 3600
    past = format_datetime(datetime.now(UTC) - timedelta(days=1))
    for nothing in ({}, {"retry-after": "soon"}, {"retry-after": "-1"}, {"retry-after": past}):
        assert _pause_seconds(nothing) == 0


def test_questions_keep_to_the_pace(api: Api) -> None:
    partner = api.partner(settings=replace(SETTINGS, requests_per_second=20))

    async def five() -> float:
        started = time.monotonic()
        await asyncio.gather(*(ask(partner) for _ in range(5)))
        return time.monotonic() - started

    assert asyncio.run(five()) >= 0.2


def test_without_a_stand_in_the_partners_own_address_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARTNER_ENDPOINT_URL", raising=False)
    urls = []

    def send(request):  # type: ignore[no-untyped-def]
        urls.append(request.url)
        raise AssertionError

    partner = Api().partner()
    monkeypatch.setattr(partner._connections, "send", send)
    with pytest.raises(AssertionError):
        asyncio.run(ask(partner))
    assert urls == ["https://login.identity.example/oauth/token"]


def test_a_token_is_never_fetched_in_clear() -> None:
    partner = Api().partner()

    class Clear(Credentials):
        def text(self) -> str:
            return super().text().replace("https://", "http://")

    partner._secret = Clear("good")
    with pytest.raises(PartnerUnavailableError, match="not what was agreed"):
        asyncio.run(ask(partner))


def test_no_secret_no_token_and_no_question_is_shown(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "app")
    partner = api.partner()
    asyncio.run(ask(partner))
    assert "good" not in repr(Credential(client_id="a", client_secret="good", token_url="https://a"))
    assert "token-0" not in repr(partner._token)
    api.answer = lambda _: Response("3201016703980001", status=422)
    with pytest.raises(PartnerRefusedError) as refused:
        asyncio.run(ask(partner))
    for shown in (repr(refused.value), caplog.text):
        assert "3201016703980001" not in shown
