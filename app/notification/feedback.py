"""What SES tells of mail that it sent, as SNS brings it to the queue.

Amazon SES Developer Guide, contents of event data that Amazon SES publishes to Amazon SNS: fields that are not named
here are passed over, since SES may add some at any time.
"""

from __future__ import annotations

from email.utils import parseaddr

import msgspec

from app.common.consumer import UnreadableMessageError
from app.notification.barred import Reason

# What SES publishes, once, when a topic is made the destination of its events.
_GREETING = "Successfully validated SNS topic for Amazon SES event publishing."


class _Recipient(msgspec.Struct, frozen=True, rename="camel"):
    email_address: str


class _Bounce(msgspec.Struct, frozen=True, rename="camel"):
    feedback_id: str
    bounce_type: str
    bounced_recipients: list[_Recipient]


class _Complaint(msgspec.Struct, frozen=True, rename="camel"):
    feedback_id: str
    complained_recipients: list[_Recipient]
    complaint_feedback_type: str | None = None


class _BounceEvent(msgspec.Struct, frozen=True, tag_field="eventType", tag="Bounce"):
    bounce: _Bounce


class _ComplaintEvent(msgspec.Struct, frozen=True, tag_field="eventType", tag="Complaint"):
    complaint: _Complaint


class Feedback(msgspec.Struct, frozen=True):
    """One event. Without a repr, so that no address can end up in a log.

    id: SES's own. addresses: those that are not to be written to again, and why; none where the event asks for nothing.
    """

    id: str
    addresses: tuple[str, ...]
    reason: Reason | None

    def __repr__(self) -> str:
        return f"Feedback(id={self.id})"


_decode = msgspec.json.Decoder(_BounceEvent | _ComplaintEvent).decode


def read(body: str) -> Feedback:
    """The event of a body. Raises UnreadableMessageError."""
    if body.strip() == _GREETING:
        return Feedback(id="greeting", addresses=(), reason=None)
    try:
        event = _decode(body)
    except msgspec.DecodeError as error:
        raise UnreadableMessageError from error
    if isinstance(event, _BounceEvent):
        # Others are mailboxes that are full, or servers that are away, for a while.
        lasting = event.bounce.bounce_type == "Permanent"
        addresses = _addresses(event.bounce.bounced_recipients) if lasting else ()
        return Feedback(id=event.bounce.feedback_id, addresses=addresses, reason="bounced" if lasting else None)
    # Somebody may also take a complaint back.
    complained = event.complaint.complaint_feedback_type != "not-spam"
    addresses = _addresses(event.complaint.complained_recipients) if complained else ()
    return Feedback(id=event.complaint.feedback_id, addresses=addresses, reason="complained" if complained else None)


def _addresses(recipients: list[_Recipient]) -> tuple[str, ...]:
    return tuple(parseaddr(recipient.email_address)[1] or recipient.email_address for recipient in recipients)
