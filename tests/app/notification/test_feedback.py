"""What SES tells of its mail, and what follows from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.common.consumer import UnreadableMessageError
from app.notification.feedback import read

pytestmark = pytest.mark.unit

MAIL = {"messageId": "0100", "source": "no-reply@prakerja.test", "destination": ["siti@contoh.id"], "tags": {}}


def bounce(kind: str = "Permanent", *addresses: str) -> str:
    recipients = [
        {"emailAddress": address, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 unknown"}
        for address in addresses or ("siti@contoh.id",)
    ]
    told = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": recipients, "feedbackId": "0101"}
    return json.dumps({"eventType": "Bounce", "bounce": {**told, "reportingMTA": "dns; mta.test"}, "mail": MAIL})


def complaint(**more: Any) -> str:
    told = {"complainedRecipients": [{"emailAddress": "siti@contoh.id"}], "feedbackId": "0102", **more}
    return json.dumps({"eventType": "Complaint", "complaint": told, "mail": MAIL})


def test_an_address_whose_mail_came_back_for_good_is_not_written_to_again() -> None:
    feedback = read(bounce("Permanent", "siti@contoh.id", "Budi <budi@contoh.id>"))
    assert (feedback.id, feedback.reason) == ("0101", "bounced")
    assert feedback.addresses == ("siti@contoh.id", "budi@contoh.id")


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_bounce_that_may_pass_is_held_against_nobody(kind: str) -> None:
    assert read(bounce(kind)).addresses == ()
    assert read(bounce(kind)).reason is None


def test_who_complained_is_not_written_to_again_but_who_took_it_back_is() -> None:
    for kind in ({}, {"complaintFeedbackType": "abuse"}, {"complaintSubType": "OnAccountSuppressionList"}):
        assert (read(complaint(**kind)).reason, read(complaint(**kind)).addresses) == (
            "complained",
            ("siti@contoh.id",),
        )
    assert read(complaint(complaintFeedbackType="not-spam")).addresses == ()


def test_the_message_that_ses_greets_a_new_topic_with_is_no_fault() -> None:
    assert read("Successfully validated SNS topic for Amazon SES event publishing.").addresses == ()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[1]",
        '{"eventType": "Send", "send": {}}',
        '{"eventType": "Bounce"}',
        bounce().replace("feedbackId", "x"),
    ],
)
def test_what_nobody_asked_for_can_not_be_read(body: str) -> None:
    with pytest.raises(UnreadableMessageError):
        read(body)


def test_no_address_shows_in_a_repr() -> None:
    assert "siti" not in repr(read(bounce()))
