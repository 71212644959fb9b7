"""SendGrid's stand-in takes what SendGrid takes of the platform's mail, from who has a key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.common import aws
from app.common.aws import Secret
from app.notification.mail import Mail
from app.notification.mailer import MailUnavailableError
from app.notification.sendgrid_mailer import SendGridMailer
from tests.sandbox.aws.server.conftest import REGION

pytestmark = pytest.mark.sandbox

SENDER = "no-reply@prakerja.example"
KEY = "SG.example"
MAIL = Mail(to="siti@example.id", subject="Verifikasi", text="buka http://a.id/?t=1", html="<p>buka</p>")


@pytest.fixture
def secret(cloud: Any) -> Iterator[str]:
    """A secret with the key."""
    manager = cloud.client("secretsmanager")
    arn: str = manager.create_secret(Name="test-sendgrid-api-key-0123abc", SecretString=f"{KEY}\n")["ARN"]
    yield arn
    manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def request(**changes: Any) -> dict[str, Any]:
    asked = {
        "personalizations": [{"to": [{"email": "siti@example.id"}]}],
        "from": {"email": SENDER},
        "subject": "Verifikasi",
        "content": [{"type": "text/plain", "value": "text"}, {"type": "text/html", "value": "<p>text</p>"}],
        **changes,
    }
    return {name: value for name, value in asked.items() if value is not None}


def post(cloud: Any, asked: Any, key: str = KEY) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.post(f"{cloud.url}/sendgrid/v3/mail/send", json=asked, headers=headers)


def test_what_the_service_sends_by_sendgrid_can_be_read_beside_the_rest(
    cloud: Any, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.credentials.cache_clear()
    for name, value in {
        "AWS_ENDPOINT_URL": cloud.url,
        "SENDGRID_ENDPOINT_URL": f"{cloud.url}/sendgrid",
        "AWS_ACCESS_KEY_ID": "unused",
        "AWS_SECRET_ACCESS_KEY": "unused",
    }.items():
        monkeypatch.setenv(name, value)
    mailer = SendGridMailer(sender=SENDER, per_second=100, api_key=Secret(region=REGION, arn=secret))
    asyncio.run(mailer.send(MAIL))
    latest = cloud.ask("mail")[0]
    assert (latest["sent_by"], latest["from"], latest["to"]) == ("SendGrid", SENDER, [MAIL.to])
    assert (latest["subject"], latest["text"], latest["html"]) == (MAIL.subject, MAIL.text, MAIL.html)
    page = httpx.get(f"{cloud.url}/_sandbox/mail", headers={"Accept": "text/html"}).text
    assert "by SendGrid" in page
    # The operator revokes the key, and puts another one.
    cloud.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="SG.other")
    asyncio.run(mailer.send(MAIL))
    cloud.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="none of SendGrid's")
    with pytest.raises(MailUnavailableError, match="401"):
        asyncio.run(mailer.send(MAIL))


@pytest.mark.usefixtures("secret")
def test_a_key_that_nobody_has_put_is_refused(cloud: Any) -> None:
    assert post(cloud, request()).status_code == 202
    for key in ("SG.other", "SG.", "none of SendGrid's"):
        assert post(cloud, request(), key).status_code == 401


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("content", request(content=[])),
        ("content", request(content=None)),
        ("content.0.value", request(content=[{"type": "text/plain", "value": ""}])),
        ("content.0.type", request(content=[{"type": "text/csv", "value": "a"}])),
        ("from.email", request(**{"from": {"email": "no-reply"}})),
        ("from", request(**{"from": None})),
        ("subject", request(subject="")),
        ("personalizations", request(personalizations=[])),
        ("personalizations.0.to", request(personalizations=[{"to": []}])),
        ("personalizations.0.to.0.email", request(personalizations=[{"to": [{"email": "siti"}]}])),
        ("personalizations.0", request(personalizations=[{"to": [{"email": "a@b.id"}, {"email": "A@b.id"}]}])),
        ("tracking_settings.click_tracking.enable", request(tracking_settings={"click_tracking": {"enable": "no"}})),
        ("template", request(template="d-1")),
        (None, []),
    ],
)
def test_what_can_not_be_sent_is_refused_by_its_field(cloud: Any, field: str | None, asked: Any) -> None:
    before = len(cloud.ask("mail"))
    answer = post(cloud, asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert len(cloud.ask("mail")) == before


@pytest.mark.usefixtures("secret")
def test_there_is_nothing_but_sending(cloud: Any) -> None:
    assert httpx.get(f"{cloud.url}/sendgrid/v3/mail/send").status_code == 405
    assert httpx.post(f"{cloud.url}/sendgrid/v3/templates", json={}).status_code == 404


def test_the_first_key_is_put_as_an_operator_would_and_no_other_is_replaced(cloud: Any) -> None:
    manager = cloud.client("secretsmanager")
    empty = manager.create_secret(Name="dev-sendgrid-api-key-0123abd")["ARN"]
    mine = manager.create_secret(Name="prod-sendgrid-api-key-0123abe", SecretString=KEY)["ARN"]
    other = manager.create_secret(Name="dev-other-0123abf")["ARN"]
    deadline = time.monotonic() + 10
    while (key := _value(manager, empty)) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert key is not None
    assert post(cloud, request(), key).status_code == 202
    assert (_value(manager, mine), _value(manager, other)) == (KEY, None)
    for arn in (empty, mine, other):
        manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def _value(manager: Any, arn: str) -> str | None:
    try:
        value: str = manager.get_secret_value(SecretId=arn)["SecretString"]
    except manager.exceptions.ResourceNotFoundException:
        return None
    return value
