"""What SES tells of mail that it sent: bounces and complaints, of the addresses of its own mailbox simulator.

moto 5.2.5 publishes no event. No mail leaves the machine, so that none comes back; but SES has addresses that answer as
a mailbox that does not exist, or as a person who complains (Amazon SES Developer Guide, using the mailbox simulator),
and mail to these has the same consequences here. A label may follow the name, as in `bounce+1@…`.

Events come the moment that mail is sent; SES takes seconds to minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.utils import utcnow
from moto.ses.exceptions import SesError
from moto.ses.models import ConfigurationSet, SESBackend
from moto.ses.utils import get_random_message_id
from moto.sns.exceptions import SNSNotFoundError
from moto.sns.models import sns_backends

SIMULATOR = "simulator.amazonses.com"
GREETING = "Successfully validated SNS topic for Amazon SES event publishing."

Destinations = dict[str, dict[str, Any]]


def destinations_of(found: ConfigurationSet) -> Destinations:
    """The event destinations of a set, by name, as the API takes them."""
    destinations: Destinations = found.__dict__.setdefault("event_destinations", {})
    return destinations


def greet(backend: SESBackend, destination: Mapping[str, Any]) -> None:
    """Publish what SES does to a topic that becomes a destination. Raises SesError where there is no such topic."""
    if topic := _topic(destination):
        try:
            sns_backends[backend.account_id][backend.region_name].publish(GREETING, topic)
        except SNSNotFoundError as error:
            raise SesError("BadRequestException", f"Could not publish to SNS topic <{topic}>.") from error


def tell(backend: SESBackend, found: ConfigurationSet, mail: Mapping[str, Any], to: Sequence[str]) -> None:
    """Publish the events of one mail. mail: what SES says of it. to: the plain addresses that it went to."""
    for address in to:
        name, _, domain = address.lower().partition("@")
        answer = _ANSWERS.get(name.partition("+")[0]) if domain == SIMULATOR else None
        if answer is None:
            continue
        kind, details = answer
        event = {"eventType": kind.title(), kind.lower(): _filled(details, address), "mail": mail}
        for destination in destinations_of(found).values():
            topic = _topic(destination)
            if topic and destination.get("Enabled", False) and kind in destination.get("MatchingEventTypes", ()):
                sns_backends[backend.account_id][backend.region_name].publish(json.dumps(event), topic)


def _topic(destination: Mapping[str, Any]) -> str | None:
    topic: str | None = destination.get("SnsDestination", {}).get("TopicArn")
    return topic


def _filled(details: Mapping[str, Any], address: str) -> dict[str, Any]:
    recipient = {"emailAddress": address}
    told = {"feedbackId": get_random_message_id(), "timestamp": f"{utcnow().isoformat(timespec='milliseconds')}Z"}
    if "bounceType" in details:
        failed = {**recipient, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
        return {**details, "bouncedRecipients": [failed], **told, "reportingMTA": f"dns; {SIMULATOR}"}
    return {**details, "complainedRecipients": [recipient], **told}


_ANSWERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "bounce": ("BOUNCE", {"bounceType": "Permanent", "bounceSubType": "General"}),
    "suppressionlist": ("BOUNCE", {"bounceType": "Permanent", "bounceSubType": "Suppressed"}),
    "complaint": ("COMPLAINT", {"complaintSubType": None, "complaintFeedbackType": "abuse"}),
}
