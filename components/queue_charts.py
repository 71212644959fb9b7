"""What is charted of a queue, for those who take work from it and for those who hand it on."""

from __future__ import annotations

import pulumi

from components.charted_service import ChartedQueue, RequestPromise, WorkPromise
from components.charts import Chart, Line, Metric, Section, hidden_line

QUEUE_METRICS = "AWS/SQS"


def of_queue(metric: str, statistic: str, queue: pulumi.Input[str]) -> Metric:
    """What SQS tells of a queue."""
    return Metric(namespace=QUEUE_METRICS, name=metric, statistic=statistic, dimensions={"QueueName": queue})


def read_section(name: str, queue: ChartedQueue, promise: RequestPromise | WorkPromise) -> Section:
    """All that there is of a queue that the service takes work from."""
    charts = [done(name, queue), _given_up(queue), delay(name, queue, promise), _depth(queue)]
    return Section(title=f"Work from the queue '{name}'", charts=charts)


def written_section(name: str, queue: ChartedQueue) -> Section:
    """All that there is of a queue that the service only hands work on to."""
    return Section(
        title=f"Work for the queue '{name}'",
        charts=[handed_on(name, queue)],
        note="How long work waits before it is handed on is in the database, and in no metric of CloudWatch.",
    )


def done(name: str, queue: ChartedQueue) -> Chart:
    """How much work is done."""
    return _messages_a_second(f"Work done: {name}", "NumberOfMessagesDeleted", queue)


def handed_on(name: str, queue: ChartedQueue) -> Chart:
    """How much work comes in."""
    return _messages_a_second(f"Work handed on: {name}", "NumberOfMessagesSent", queue)


def _messages_a_second(title: str, metric: str, queue: ChartedQueue) -> Chart:
    messages = hidden_line("messages", of_queue(metric, "Sum", queue.queue))
    rate = Line(identifier="rate", label="Messages", source="messages / PERIOD(messages)")
    return Chart(signal="rate", title=title, unit="a second", lines=[messages, rate])


def _given_up(queue: ChartedQueue) -> Chart:
    dead = of_queue("ApproximateNumberOfMessagesVisible", "Maximum", queue.dead_letter_queue)
    line = Line(identifier="dead", label="In the dead-letter queue", source=dead)
    return Chart(signal="errors", title="Work given up", unit="count", lines=[line], promise=0)


def delay(name: str, queue: ChartedQueue, promise: RequestPromise | WorkPromise) -> Chart:
    """How long work waits until it is taken up."""
    oldest = of_queue("ApproximateAgeOfOldestMessage", "Maximum", queue.queue)
    return Chart(
        signal="duration",
        title=f"Time that work waits: {name}",
        unit="seconds",
        lines=[Line(identifier="oldest", label="Oldest message", source=oldest)],
        promise=promise.delay_seconds if isinstance(promise, WorkPromise) else None,
    )


def _depth(queue: ChartedQueue) -> Chart:
    waiting = of_queue("ApproximateNumberOfMessagesVisible", "Maximum", queue.queue)
    taken = of_queue("ApproximateNumberOfMessagesNotVisible", "Maximum", queue.queue)
    return Chart(
        signal="saturation",
        title="Work in the queue",
        unit="count",
        lines=[
            Line(identifier="waiting", label="Waiting", source=waiting),
            Line(identifier="taken", label="Being done", source=taken),
        ],
    )
