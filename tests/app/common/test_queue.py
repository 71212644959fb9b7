"""A queue on moto's SQS."""

from __future__ import annotations

import asyncio

import pytest

from app.common import queue as module
from app.common.queue import Queue, QueueUnavailableError, batches
from tests.app.cloud import REGION, Cloud


@pytest.mark.unit
def test_batches_are_of_ten_at_most_and_lose_nothing() -> None:
    assert [len(batch) for batch in batches(range(25))] == [10, 10, 5]
    assert [item for batch in batches(range(25)) for item in batch] == list(range(25))
    assert list(batches([])) == []


@pytest.mark.sandbox
def test_what_is_sent_is_received_by_one_at_a_time_and_deleted_for_good(cloud: Cloud) -> None:
    url, _ = cloud.new_queue()
    queue = Queue(region=REGION, url=url)

    async def exchange() -> None:
        sent = await queue.send({f"key-{number}": f"body-{number}" for number in range(10)})
        assert (len(sent.kept), sent.refused) == (10, [])
        received = await queue.receive(hidden_seconds=30)
        assert {message.body for message in received} == {f"body-{number}" for number in range(10)}
        await queue.delete(received[0])
        await queue.hide(received[1:3], seconds=0)
        again = await queue.receive(hidden_seconds=30)
        assert {message.body for message in again} == {message.body for message in received[1:3]}

    asyncio.run(exchange())
    assert cloud.depth(url) == 9


@pytest.mark.sandbox
def test_a_long_poll_returns_as_soon_as_there_is_a_message(cloud: Cloud) -> None:
    url, _ = cloud.new_queue()
    queue = Queue(region=REGION, url=url)

    async def exchange() -> None:
        receiving = asyncio.create_task(queue.receive(hidden_seconds=30))
        await asyncio.sleep(0.2)
        assert not receiving.done()
        await queue.send({"key": "body"})
        assert [message.body for message in await receiving] == ["body"]

    asyncio.run(exchange())


@pytest.mark.sandbox
@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", None])
def test_a_queue_that_is_not_there_is_an_error_of_its_own(
    cloud: Cloud, endpoint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if endpoint is not None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    queue = Queue(region=REGION, url=f"{cloud.url}/123456789012/nowhere")
    with pytest.raises(QueueUnavailableError, match=r"EndpointConnectionError|NonExistentQueue|QueueDoesNotExist"):
        asyncio.run(queue.send({"key": "body"}))


@pytest.mark.unit
def test_a_receive_outlasts_its_long_poll() -> None:
    assert Queue(region=REGION, url="unused")._sqs._answer_seconds > module.WAIT_SECONDS
