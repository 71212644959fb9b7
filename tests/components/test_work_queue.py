"""A queue loses nothing: what can't be done is set aside, and somebody is told."""

from __future__ import annotations

import json

import pytest

from tests.components.recorder import Recording

pytestmark = pytest.mark.unit

QUEUE = "aws:sqs/queue:Queue"
WORK, DEAD = "prod-queue-notification", "prod-queue-notification-dead"
ARN = "arn:aws:sqs:ap-southeast-3:123456789012:"


def test_what_was_tried_in_vain_is_set_aside_and_kept_for_as_long_as_sqs_keeps_anything(prod: Recording) -> None:
    redrive = json.loads(prod.one(QUEUE, WORK).inputs["redrivePolicy"])
    assert redrive["deadLetterTargetArn"] == f"{ARN}{DEAD}"
    # A worker that is killed over it has tried too.
    assert redrive["maxReceiveCount"] >= 5
    dead, work = (prod.one(QUEUE, name).inputs["messageRetentionSeconds"] for name in (DEAD, WORK))
    assert dead == 14 * 24 * 60 * 60 > work


def test_only_its_own_queue_sets_messages_aside_there(prod: Recording) -> None:
    policy = prod.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", WORK).inputs
    assert policy["queueUrl"].endswith(f"/{DEAD}")
    assert json.loads(policy["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [f"{ARN}{WORK}"],
    }


def test_all_queues_are_spoken_to_by_tls_only(prod: Recording) -> None:
    policies = prod.of_type("aws:sqs/queuePolicy:QueuePolicy")
    assert {one.name for one in policies} == {one.name for one in prod.of_type(QUEUE)} >= {WORK, DEAD}
    for policy in policies:
        statement = json.loads(policy.inputs["policy"])["Statement"][0]
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_messages_about_people_are_encrypted_with_their_datas_key(prod: Recording) -> None:
    for queue in prod.of_type(QUEUE):
        assert queue.inputs["kmsMasterKeyId"] == "arn:aws:kms:ap-southeast-3:123456789012:prod-personal"
        assert queue.inputs["tags"]["data-class"] == "personal"


def test_age_depth_and_the_first_dead_letter_are_told(prod: Recording) -> None:
    alarms = {
        what: prod.one("aws:cloudwatch/metricAlarm:MetricAlarm", f"{WORK}-{what}").inputs
        for what in ("age", "depth", "dead")
    }
    assert {what: alarm["dimensions"]["QueueName"] for what, alarm in alarms.items()} == {
        "age": WORK,
        "depth": WORK,
        "dead": DEAD,
    }
    assert alarms["age"]["metricName"] == "ApproximateAgeOfOldestMessage"
    assert (alarms["dead"]["threshold"], alarms["dead"]["comparisonOperator"]) == (0, "GreaterThanThreshold")


def test_only_the_queue_that_aws_fills_takes_messages_from_a_topic_and_from_that_one_alone(prod: Recording) -> None:
    feedback = "prod-queue-mailfeedback"
    for policy in prod.of_type("aws:sqs/queuePolicy:QueuePolicy"):
        allowed = [one for one in json.loads(policy.inputs["policy"])["Statement"] if one["Effect"] == "Allow"]
        if policy.name != feedback:
            assert allowed == []
            continue
        (statement,) = allowed
        assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
        assert statement["Action"] == "sqs:SendMessage"
        assert statement["Resource"] == f"{ARN}{feedback}"
        topic = "arn:aws:sns:ap-southeast-3:123456789012:prod-mail-feedback"
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": topic}}
    subscription = prod.one("aws:sns/topicSubscription:TopicSubscription", feedback).inputs
    assert (subscription["protocol"], subscription["endpoint"]) == ("sqs", f"{ARN}{feedback}")
    assert subscription["rawMessageDelivery"] is True
