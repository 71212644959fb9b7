"""SQS's long polls, and what a message costs."""

from __future__ import annotations

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytestmark = pytest.mark.sandbox


@pytest.fixture
def queue(cloud: Any, request: pytest.FixtureRequest) -> str:
    name = request.node.name.removeprefix("test_")
    url: str = cloud.client("sqs").create_queue(QueueName=name, Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    return url


def receive(cloud: Any, queue: str, wait: int) -> list[dict[str, Any]]:
    answer = cloud.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=wait, MaxNumberOfMessages=10)
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def test_a_poll_is_answered_as_soon_as_a_message_is_sent(cloud: Any, queue: str) -> None:
    threading.Timer(0.3, lambda: cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="one")).start()
    began = time.monotonic()
    assert [message["Body"] for message in receive(cloud, queue, 10)] == ["one"]
    assert 0.3 <= time.monotonic() - began < 5


def test_a_poll_ends_when_its_time_is_up(cloud: Any, queue: str) -> None:
    began = time.monotonic()
    assert receive(cloud, queue, 1) == []
    assert 1 <= time.monotonic() - began < 5


def test_a_poll_finds_a_message_that_became_visible_again(cloud: Any, queue: str) -> None:
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="again")
    assert len(receive(cloud, queue, 0)) == 1
    assert receive(cloud, queue, 0) == []
    assert len(receive(cloud, queue, 10)) == 1


def test_a_message_is_not_given_to_who_has_hung_up(cloud: Any, queue: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port)
    credential = "AWS4-HMAC-SHA256 Credential=test/20261124/ap-southeast-3/sqs/aws4_request, SignedHeaders=host"
    headers = {
        "Authorization": credential,
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AmazonSQS.ReceiveMessage",
    }
    connection.request("POST", "/", json.dumps({"QueueUrl": queue, "WaitTimeSeconds": 20}), headers)
    time.sleep(0.2)  # the poll is under way
    connection.close()
    time.sleep(1.2)  # it looks after a second at the latest
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="for another")
    assert [message["Body"] for message in receive(cloud, queue, 0)] == ["for another"]


def test_messages_leave_the_snapshot_alone_and_none_is_lost_or_doubled(cloud: Any, queue: str) -> None:
    generation = cloud.ask("snapshot")["generation"]
    sqs = cloud.client("sqs")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})
    with ThreadPoolExecutor(8) as pool:
        polls = [pool.submit(receive, cloud, queue, 3) for _ in range(4)]
        for number in range(20):
            pool.submit(sqs.send_message, QueueUrl=queue, MessageBody=str(number))
    received = [message["Body"] for poll in polls for message in poll.result()]
    while messages := receive(cloud, queue, 0):
        received += [message["Body"] for message in messages]
    assert sorted(received, key=int) == [str(number) for number in range(20)]
    assert cloud.ask("snapshot")["generation"] == generation


def test_an_attribute_is_set_without_touching_the_others(cloud: Any, queue: str) -> None:
    sqs = cloud.client("sqs")
    denial = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}
    policies = {"Policy": json.dumps(denial), "RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})}
    for name, value in policies.items():
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={name: value})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert {name: found[name] for name in policies} == policies
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
    left = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy", "RedriveAllowPolicy"])["Attributes"]
    assert left == {"RedriveAllowPolicy": policies["RedriveAllowPolicy"]}
