"""Sending by SendGrid, on a server that answers as it does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.common.aws import NO_VALUE, AwsError, Secret
from app.common.settings import MailSettings, SendGridSettings
from app.notification.mail import verification_mail
from app.notification.mailer import Mailer, MailRejectedError, MailUnavailableError
from app.notification.sendgrid_mailer import SendGridMailer
from app.notification.service import mailer
from app.notification.ses_mailer import SesMailer
from tests.app.cloud import REGION, SENDER
from tests.app.notification.samples import SETTINGS, TOKEN, message
from tests.serving import serving

pytestmark = pytest.mark.unit

MAIL = verification_mail(message(), SETTINGS.site_url)


class Keys(Secret):
    """A secret whose value an operator replaces."""

    def __init__(self, *values: str) -> None:
        self.values = list(values)
        self.reads = 0

    def text(self) -> str:
        self.reads += 1
        if not self.values:
            raise AwsError(NO_VALUE)
        return self.values[min(self.reads, len(self.values)) - 1]


class Account:
    """SendGrid's side: a key that is good, and what was asked."""

    def __init__(self, key: str, status: int) -> None:
        self.key = key
        self.status = status
        self.asked: list[Request] = []

    @contextmanager
    def answering(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        @Request.application
        def application(request: Request) -> Response:
            request.get_data()
            self.asked.append(request)
            known = request.headers["Authorization"] == f"Bearer {self.key}"
            return Response(status=self.status if known else 401)

        with serving(make_server("127.0.0.1", 0, application)) as port:
            monkeypatch.setenv("SENDGRID_ENDPOINT_URL", f"http://127.0.0.1:{port}/sendgrid")
            yield


def _mailer(keys: Secret) -> Mailer:
    return SendGridMailer(sender=SENDER, per_second=100, api_key=keys)


def test_a_mail_goes_to_its_own_address_from_ours_and_no_link_is_led_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account("SG.good", 202)
    with account.answering(monkeypatch):
        asyncio.run(_mailer(Keys("SG.good\n")).send(MAIL))
    (asked,) = account.asked
    assert (asked.method, asked.path) == ("POST", "/sendgrid/v3/mail/send")
    assert asked.content_type == "application/json"
    told = asked.get_json()
    assert told["personalizations"] == [{"to": [{"email": MAIL.to}]}]
    assert (told["from"], told["subject"]) == ({"email": SENDER}, MAIL.subject)
    assert told["content"] == [
        {"type": "text/plain", "value": MAIL.text},
        {"type": "text/html", "value": MAIL.html},
    ]
    tracking = told["tracking_settings"]
    assert tracking["click_tracking"] == {"enable": False, "enable_text": False}
    assert tracking["open_tracking"] == {"enable": False}


def test_the_key_is_read_once_and_anew_where_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    account, keys = Account("SG.old", 202), Keys("SG.old", "SG.new")
    sender = _mailer(keys)
    with account.answering(monkeypatch):
        asyncio.run(sender.send(MAIL))
        asyncio.run(sender.send(MAIL))
        assert keys.reads == 1
        account.key = "SG.new"
        asyncio.run(sender.send(MAIL))
    assert keys.reads == 2


def test_a_key_that_is_not_there_or_not_good_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account("SG.good", 202)
    with account.answering(monkeypatch):
        with pytest.raises(MailUnavailableError, match=NO_VALUE):
            asyncio.run(_mailer(Keys()).send(MAIL))
        late = _mailer(Keys("SG.bad", "SG.good"))
        with pytest.raises(MailUnavailableError, match="401"):
            asyncio.run(late.send(MAIL))
        asyncio.run(late.send(MAIL))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, MailRejectedError),
        (413, MailRejectedError),
        (401, MailUnavailableError),
        (403, MailUnavailableError),
        (404, MailUnavailableError),
        (429, MailUnavailableError),
        (500, MailUnavailableError),
        (503, MailUnavailableError),
    ],
)
def test_only_a_mails_own_fault_is_held_against_it(
    status: int, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account("SG.good", status)
    with account.answering(monkeypatch), pytest.raises(error, match=str(status)):
        asyncio.run(_mailer(Keys("SG.good")).send(MAIL))
    assert len(account.asked) == 1, "what may have been carried out is not asked for twice"


def test_no_answer_may_pass_and_nothing_of_the_mail_is_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDGRID_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(MailUnavailableError) as raised:
        asyncio.run(_mailer(Keys("SG.good")).send(MAIL))
    for secret in (TOKEN, MAIL.to, "SG.good"):
        assert secret not in repr(raised.value)
    assert raised.value.__suppress_context__


def test_the_settings_choose_who_sends() -> None:
    assert isinstance(mailer(SETTINGS, REGION), SesMailer)
    way = SendGridSettings(api_key_secret="arn:key")
    told = MailSettings(sender=SENDER, way=way, per_second=1, site_url=SETTINGS.site_url)
    assert isinstance(mailer(told, REGION), SendGridMailer)
