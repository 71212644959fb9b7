"""SES: identities, configuration sets, and the mail that was sent."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from sandbox.aws.server.corrections.mail import KEPT, Mail
from sandbox.aws.server.mail_page import mail_page

pytestmark = pytest.mark.sandbox

DOMAIN = "prakerja.example"
SENDER = f"Kartu Prakerja <no-reply@{DOMAIN}>"


@pytest.fixture
def ses(cloud: Any) -> Iterator[Any]:
    ses = cloud.client("sesv2")
    ses.create_email_identity(EmailIdentity=DOMAIN, Tags=[{"Key": "owner", "Value": "platform"}])
    ses.create_configuration_set(ConfigurationSetName="mail", DeliveryOptions={"TlsPolicy": "REQUIRE"})
    yield ses
    ses.delete_configuration_set(ConfigurationSetName="mail")
    ses.delete_email_identity(EmailIdentity=DOMAIN)


def send(ses: Any, subject: str = "Verify", **settings: Any) -> str:
    body = {"Text": {"Data": "open http://127.0.0.1:8080/verify?token=1"}, "Html": {"Data": "<p>open</p>"}}
    wanted = {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": ["siti@example.id"]},
        "Content": {"Simple": {"Subject": {"Data": subject}, "Body": body}},
        **settings,
    }
    identifier: str = ses.send_email(**wanted)["MessageId"]
    return identifier


def test_sent_mail_can_be_read_the_latest_first(cloud: Any, ses: Any) -> None:
    first, last = send(ses, "first"), send(ses, "last", ConfigurationSetName="mail")
    latest, before = cloud.ask("mail")[:2]
    assert (latest["id"], before["id"]) == (last, first)
    assert latest.pop("sent_at").endswith("Z")
    assert latest == {
        "id": last,
        "from": SENDER,
        "to": ["siti@example.id"],
        "subject": "last",
        "text": "open http://127.0.0.1:8080/verify?token=1",
        "html": "<p>open</p>",
        "sent_by": "SES",
    }


def test_a_raw_mail_is_read_as_its_headers_and_parts_say(cloud: Any, ses: Any) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, "siti@example.id", "Verifikasi é"
    message.set_content("teks")
    message.add_alternative("<p>html</p>", subtype="html")
    ses.send_email(Content={"Raw": {"Data": message.as_bytes()}})
    latest = cloud.ask("mail")[0]
    assert (latest["subject"], latest["to"]) == ("Verifikasi é", ["siti@example.id"])
    assert (latest["text"].strip(), latest["html"].strip()) == ("teks", "<p>html</p>")


def test_only_a_verified_identity_sends(ses: Any) -> None:
    send(ses, FromEmailAddress=f"no-reply@mail.{DOMAIN}")  # an identity stands for its subdomains too
    for sender in ("no-reply@other.example", f"no-reply@not{DOMAIN}"):
        with pytest.raises(ses.exceptions.MessageRejected, match="not verified"):
            send(ses, FromEmailAddress=sender)


def test_a_set_that_is_missing_or_paused_sends_nothing(ses: Any) -> None:
    with pytest.raises(ses.exceptions.NotFoundException):
        send(ses, ConfigurationSetName="none")
    ses.put_configuration_set_sending_options(ConfigurationSetName="mail", SendingEnabled=False)
    with pytest.raises(ses.exceptions.SendingPausedException):
        send(ses, ConfigurationSetName="mail")


def test_sent_mail_does_not_grow_for_ever(cloud: Any, ses: Any) -> None:
    for _ in range(KEPT + 5):
        send(ses)
    assert len(cloud.ask("mail")) == KEPT


def test_the_page_is_for_who_prefers_html(cloud: Any, ses: Any) -> None:
    send(ses, "<script>")
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page = httpx.get(f"{cloud.url}/_sandbox/mail", headers=browser)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "&lt;script&gt;" in page.text
    for accept in ("*/*", "application/json"):
        answer = httpx.get(f"{cloud.url}/_sandbox/mail", headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/json"


def test_nothing_in_a_mail_becomes_markup() -> None:
    bad = '"><script>alert(1)</script>'
    mail = Mail(sender=bad, to=[bad], subject=bad, text=f"{bad} http://a.id/?q={bad}", html=f"<b>{bad}</b>")
    page = mail_page([mail])
    assert "<script" not in page
    assert '<a href="http://a.id/?q=" rel' in page
    assert 'srcdoc="&lt;b&gt;&quot;&gt;&lt;script&gt;' in page


def test_an_identity_is_verified_and_its_settings_are_read_back(ses: Any) -> None:
    ses.put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN, MailFromDomain=f"mail.{DOMAIN}")
    ses.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN, ConfigurationSetName="mail")
    ses.put_email_identity_feedback_attributes(EmailIdentity=DOMAIN, EmailForwardingEnabled=False)
    found = ses.get_email_identity(EmailIdentity=DOMAIN)
    assert found["VerifiedForSendingStatus"] is True
    assert found["DkimAttributes"]["Status"] == "SUCCESS"
    assert len(found["DkimAttributes"]["Tokens"]) == 3
    assert found["MailFromAttributes"]["MailFromDomain"] == f"mail.{DOMAIN}"
    assert found["ConfigurationSetName"] == "mail"
    assert found["FeedbackForwardingStatus"] is False
    assert found["Tags"] == [{"Key": "owner", "Value": "platform"}]


def test_a_configuration_set_s_options_and_destinations_are_read_back(cloud: Any, ses: Any) -> None:
    of = {"ConfigurationSetName": "mail"}
    ses.put_configuration_set_reputation_options(**of, ReputationMetricsEnabled=True)
    ses.put_configuration_set_suppression_options(**of, SuppressedReasons=["BOUNCE"])
    found = ses.get_configuration_set(**of)
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert found["ReputationOptions"]["ReputationMetricsEnabled"] is True
    assert found["SendingOptions"] == {"SendingEnabled": True}
    assert found["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE"]}
    destination = {
        "Enabled": True,
        "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
        "SnsDestination": {"TopicArn": cloud.client("sns").create_topic(Name="mail")["TopicArn"]},
    }
    ses.create_configuration_set_event_destination(**of, EventDestinationName="events", EventDestination=destination)
    [shown] = ses.get_configuration_set_event_destinations(**of)["EventDestinations"]
    assert shown == {"Name": "events", **destination}
    with pytest.raises(ClientError, match="AlreadyExists"):
        ses.create_configuration_set_event_destination(
            **of, EventDestinationName="events", EventDestination=destination
        )
    ses.delete_configuration_set_event_destination(**of, EventDestinationName="events")
    assert ses.get_configuration_set_event_destinations(**of)["EventDestinations"] == []
