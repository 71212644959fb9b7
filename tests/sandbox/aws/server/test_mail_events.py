"""What SES tells of mail to its own simulator reaches a queue, and the service reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.notification.feedback import read

pytestmark = pytest.mark.sandbox

SENDER = "no-reply@prakerja.example"
SIMULATOR = "simulator.amazonses.com"


class Platform:
    """A configuration set whose bounces and complaints come to a queue, as they are."""

    def __init__(self, cloud: Any) -> None:
        self.ses, self.sns, self.sqs = (cloud.client(name) for name in ("sesv2", "sns", "sqs"))
        self.ses.create_email_identity(EmailIdentity="prakerja.example")
        self.ses.create_configuration_set(ConfigurationSetName="events")
        self.topic = self.sns.create_topic(Name="mail")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="mailfeedback")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.subscription = self.sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )["SubscriptionArn"]

    def destine(self, *events: str, topic: str | None = None, enabled: bool = True) -> None:
        self.ses.create_configuration_set_event_destination(
            ConfigurationSetName="events",
            EventDestinationName="queue",
            EventDestination={
                "Enabled": enabled,
                "MatchingEventTypes": list(events),
                "SnsDestination": {"TopicArn": topic or self.topic},
            },
        )

    def send(self, *to: str) -> str:
        content = {"Simple": {"Subject": {"Data": "subject"}, "Body": {"Text": {"Data": "text"}}}}
        identifier: str = self.ses.send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": list(to)},
            Content=content,
            ConfigurationSetName="events",
        )["MessageId"]
        return identifier

    def told(self) -> list[str]:
        bodies = []
        while found := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            bodies += [one["Body"] for one in found]
        return bodies

    def vanish(self) -> None:
        self.ses.delete_configuration_set(ConfigurationSetName="events")
        self.ses.delete_email_identity(EmailIdentity="prakerja.example")
        self.sns.delete_topic(TopicArn=self.topic)
        self.sqs.delete_queue(QueueUrl=self.queue)


@pytest.fixture
def platform(cloud: Any) -> Iterator[Platform]:
    platform = Platform(cloud)
    yield platform
    platform.vanish()


def test_the_simulators_bounce_and_complaint_bar_the_address_that_was_written_to(platform: Platform) -> None:
    platform.destine("BOUNCE", "COMPLAINT")
    for name in ("bounce", "bounce+1", "complaint", "suppressionlist", "success", "ooto"):
        platform.send(f"{name}@{SIMULATOR}")
    platform.send("siti@example.id")
    greeting, *events = platform.told()
    assert read(greeting).addresses == ()
    assert [(read(body).addresses, read(body).reason) for body in events] == [
        ((f"bounce@{SIMULATOR}",), "bounced"),
        ((f"bounce+1@{SIMULATOR}",), "bounced"),
        ((f"complaint@{SIMULATOR}",), "complained"),
        ((f"suppressionlist@{SIMULATOR}",), "bounced"),
    ]


def test_an_event_says_of_which_mail_it_is(platform: Platform) -> None:
    platform.destine("BOUNCE")
    identifier = platform.send(f"Siti <bounce@{SIMULATOR}>")
    mail = json.loads(platform.told()[1])["mail"]
    assert (mail["messageId"], mail["source"]) == (identifier, SENDER)
    assert mail["tags"] == {"ses:configuration-set": ["events"]}


def test_only_what_a_destination_that_is_on_asks_for_is_told(platform: Platform) -> None:
    platform.destine("COMPLAINT")
    platform.send(f"bounce@{SIMULATOR}")
    platform.ses.update_configuration_set_event_destination(
        ConfigurationSetName="events",
        EventDestinationName="queue",
        EventDestination={
            "Enabled": False,
            "MatchingEventTypes": ["BOUNCE"],
            "SnsDestination": {"TopicArn": platform.topic},
        },
    )
    platform.send(f"bounce@{SIMULATOR}")
    assert all(read(body).addresses == () for body in platform.told())


def test_a_topic_that_does_not_exist_is_no_destination(platform: Platform) -> None:
    with pytest.raises(platform.ses.exceptions.BadRequestException, match="none"):
        platform.destine("BOUNCE", topic=f"{platform.topic}-none")


def test_a_subscription_that_is_not_raw_gets_an_envelope(platform: Platform) -> None:
    platform.sns.set_subscription_attributes(
        SubscriptionArn=platform.subscription, AttributeName="RawMessageDelivery", AttributeValue="false"
    )
    platform.destine("BOUNCE")
    (greeting,) = platform.told()
    assert json.loads(greeting)["Type"] == "Notification"
