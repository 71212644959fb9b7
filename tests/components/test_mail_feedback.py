"""What SES tells of its mail comes to the platform encrypted, and from nobody but its own configuration set."""

from __future__ import annotations

import json

import pytest

from tests.components.recorder import Recording

pytestmark = pytest.mark.unit

NAME = "prod-mail-feedback"
TOPIC = f"arn:aws:sns:ap-southeast-3:123456789012:{NAME}"
PERSONAL_KEY = "arn:aws:kms:ap-southeast-3:123456789012:prod-personal"


def test_bounces_and_complaints_of_the_configuration_set_are_published(prod: Recording) -> None:
    destination = prod.one("aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination").inputs
    assert destination["configurationSetName"] == prod.exports["mail"]["configuration_set"]
    event = destination["eventDestination"]
    assert event["enabled"] is True
    assert event["matchingEventTypes"] == ["BOUNCE", "COMPLAINT"]
    assert event["snsDestination"] == {"topicArn": TOPIC}


def test_only_this_accounts_own_configuration_set_publishes(prod: Recording) -> None:
    policy = prod.one("aws:sns/topicPolicy:TopicPolicy", NAME).inputs["policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "ses.amazonaws.com"}, "sns:Publish")
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnEquals": {"aws:SourceArn": "arn:aws:ses:ap-southeast-3:123456789012:configuration-set/prod-mail"},
    }


def test_ses_and_sns_may_use_the_key_that_topic_and_queue_are_encrypted_with(prod: Recording) -> None:
    assert prod.one("aws:sns/topic:Topic", NAME).inputs["kmsMasterKeyId"] == PERSONAL_KEY
    assert prod.one("aws:sqs/queue:Queue", "prod-queue-mailfeedback").inputs["kmsMasterKeyId"] == PERSONAL_KEY
    statements = json.loads(prod.one("aws:kms/key:Key", "prod-personal").inputs["policy"])["Statement"]
    (allowed,) = [one for one in statements if one.get("Sid") == "MailEvents"]
    assert set(allowed["Principal"]["Service"]) == {"ses.amazonaws.com", "sns.amazonaws.com"}
    assert allowed["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_somebody_is_told_where_what_came_back_is_not_dealt_with(prod: Recording) -> None:
    alarms = {
        one.name
        for one in prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if one.inputs.get("dimensions", {}).get("QueueName", "").startswith("prod-queue-mailfeedback")
    }
    assert alarms == {f"prod-queue-mailfeedback-{what}" for what in ("age", "depth", "dead")}
