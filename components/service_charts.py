"""What is charted for a service: rate, errors, duration, saturation and error budget, the same wherever it runs.

Each side, machines and containers, is charted and held to the promise by itself, whatever share of the traffic it
takes: the trouble of a side with a small share would drown in the other's requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from components.charts import Chart, Dashboard, Line, Metric, Section

LOAD_BALANCER_METRICS = "AWS/ApplicationELB"
QUEUE_METRICS = "AWS/SQS"
MACHINE_METRICS = "AWS/EC2"
# Basic monitoring: EC2 tells of a machine every five minutes (Amazon EC2 User Guide, CloudWatch metrics).
MACHINE_RESOLUTION_SECONDS = 300
# A promise of availability is for as long; reckoned by the hour, it is 720 points.
BUDGET_DAYS = 30
BUDGET_PERIOD_SECONDS = 3600
# What a service answers with when it fails, and what the load balancer answers when it can't reach it.
FAILURES: Mapping[str, str] = {"errors": "HTTPCode_Target_5XX_Count", "unreached": "TargetConnectionErrorCount"}

SideName = Literal["machines", "containers"]


@dataclass(frozen=True, kw_only=True)
class RequestPromise:
    """What a service that answers requests promises.

    availability_percent: share of requests over 30 days that are answered without an error of its own.
    latency_seconds: within which 99 of 100 requests are answered.
    """

    availability_percent: float
    latency_seconds: float

    @property
    def error_percent(self) -> float:
        """Share of requests that may fail."""
        return round(100 - self.availability_percent, 6)


@dataclass(frozen=True, kw_only=True)
class WorkPromise:
    """What a service that takes its work from elsewhere promises: seconds within which work is taken up."""

    delay_seconds: int


@dataclass(frozen=True, kw_only=True)
class ChartedSide:
    """Where a service runs.

    target_group: its ARN's suffix, as CloudWatch names it; none for a worker.
    auto_scaling_group: its name; none for containers.
    """

    name: SideName
    target_group: pulumi.Input[str] | None = None
    auto_scaling_group: pulumi.Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ChartedQueue:
    """A queue's name and its dead-letter queue's, as CloudWatch knows them."""

    queue: pulumi.Input[str]
    dead_letter_queue: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class ChartedService:
    """A service as far as charts and alert rules need to know it.

    owner: the team that answers for it.
    load_balancer: its ARN's suffix.
    reads, writes: queues by the platform's names for them.
    """

    name: str
    owner: str
    promise: RequestPromise | WorkPromise
    load_balancer: pulumi.Input[str]
    sides: Sequence[ChartedSide]
    reads: Mapping[str, ChartedQueue] = field(default_factory=dict)
    writes: Mapping[str, ChartedQueue] = field(default_factory=dict)


def service_dashboard(service: ChartedService) -> Dashboard:
    """Everything of one service."""
    sections = [_side_section(service, side) for side in service.sides]
    sections += [_read_section(name, queue, service.promise) for name, queue in service.reads.items()]
    sections += [_written_section(name, queue) for name, queue in service.writes.items()]
    return Dashboard(name=service.name, title=service.name.capitalize(), sections=sections)


def overview(services: Sequence[ChartedService]) -> Dashboard:
    """How each service keeps its promise, one row a service."""
    return Dashboard(
        # No service can have this name.
        name="all-services",
        title="Overview",
        sections=[Section(title=service.name, charts=_overview_charts(service)) for service in services],
    )


def of_side(metric: str, statistic: str, service: ChartedService, side: ChartedSide) -> Metric:
    """What the load balancer tells of one side."""
    if side.target_group is None:
        raise ValueError(f"target_group: none given for {service.name}'s {side.name}; needed: who is asked has one")
    return Metric(
        namespace=LOAD_BALANCER_METRICS,
        name=metric,
        statistic=statistic,
        dimensions={"LoadBalancer": service.load_balancer, "TargetGroup": side.target_group},
    )


def of_queue(metric: str, statistic: str, queue: pulumi.Input[str]) -> Metric:
    """What SQS tells of a queue."""
    return Metric(namespace=QUEUE_METRICS, name=metric, statistic=statistic, dimensions={"QueueName": queue})


def _side_section(service: ChartedService, side: ChartedSide) -> Section:
    charts: list[Chart] = []
    if isinstance(service.promise, RequestPromise):
        charts += [
            _rate(service, [side]),
            _errors(service, service.promise, [side]),
            _duration(service, service.promise, [side]),
            _load(service, side),
            _targets(service, side),
            _budget(service, service.promise, [side]),
        ]
    note = ""
    if side.auto_scaling_group is not None:
        charts.append(_processor(side.auto_scaling_group))
    else:
        note = (
            "CloudWatch knows the processor use of containers by Container Insights alone, which is not installed. "
            "`kubectl top pods` shows it; containers become more, and fewer, by it."
        )
    return Section(title=side.name.capitalize(), charts=charts, note=note)


def _overview_charts(service: ChartedService) -> list[Chart]:
    if isinstance(service.promise, RequestPromise):
        return [
            _rate(service, service.sides),
            _errors(service, service.promise, service.sides),
            _duration(service, service.promise, service.sides),
            _budget(service, service.promise, service.sides),
        ]
    read = [chart for queue in service.reads.items() for chart in (_done(*queue), _delay(*queue, service.promise))]
    return read + [_handed_on(*queue) for queue in service.writes.items()]


def _rate(service: ChartedService, sides: Sequence[ChartedSide]) -> Chart:
    lines: list[Line] = []
    for side in sides:
        requests = f"{side.name}_requests"
        lines += [
            _hidden(requests, of_side("RequestCount", "Sum", service, side)),
            Line(
                identifier=f"{side.name}_rate",
                label=side.name.capitalize(),
                source=f"{requests} / PERIOD({requests})",
            ),
        ]
    return Chart(signal="rate", title="Requests", unit="a second", lines=lines)


def _errors(service: ChartedService, promise: RequestPromise, sides: Sequence[ChartedSide]) -> Chart:
    lines: list[Line] = []
    for side in sides:
        lines += _counts(service, side)
        lines.append(
            Line(
                identifier=f"{side.name}_share",
                label=side.name.capitalize(),
                source=f"100 * ({_failed(side)}) / {side.name}_requests",
            )
        )
    return Chart(signal="errors", title="Failed requests", unit="per cent", lines=lines, promise=promise.error_percent)


def _duration(service: ChartedService, promise: RequestPromise, sides: Sequence[ChartedSide]) -> Chart:
    return Chart(
        signal="duration",
        title="Time to answer",
        unit="seconds",
        lines=[
            Line(
                identifier=f"{side.name}_{statistic}",
                label=f"{side.name.capitalize()}, {share} of 100 requests",
                source=of_side("TargetResponseTime", statistic, service, side),
            )
            for side in sides
            for statistic, share in (("p99", 99), ("p50", 50))
        ],
        promise=promise.latency_seconds,
    )


def _load(service: ChartedService, side: ChartedSide) -> Chart:
    requests = _hidden("requests", of_side("RequestCountPerTarget", "Sum", service, side))
    load = Line(identifier="load", label="Requests for each target", source="requests / PERIOD(requests)")
    return Chart(signal="saturation", title="Load of a target", unit="a second", lines=[requests, load])


def _targets(service: ChartedService, side: ChartedSide) -> Chart:
    return Chart(
        signal="saturation",
        title="Targets",
        unit="count",
        lines=[
            Line(identifier="healthy", label="Healthy", source=of_side("HealthyHostCount", "Minimum", service, side)),
            Line(
                identifier="unhealthy",
                label="Unhealthy",
                source=of_side("UnHealthyHostCount", "Maximum", service, side),
            ),
        ],
    )


def _budget(service: ChartedService, promise: RequestPromise, sides: Sequence[ChartedSide]) -> Chart:
    """What is left of what may go wrong in 30 days. The chart's last point is the one that counts."""
    lines: list[Line] = []
    for side in sides:
        lines += _counts(service, side)
        spent = f"RUNNING_SUM({_failed(side)}) / RUNNING_SUM({side.name}_requests)"
        lines.append(
            Line(
                identifier=f"{side.name}_left",
                label=side.name.capitalize(),
                source=f"100 - 100 * 100 * {spent} / {promise.error_percent:g}",
            )
        )
    return Chart(
        signal="budget",
        title=f"Error budget left, of {promise.error_percent:g} % in {BUDGET_DAYS} days",
        unit="per cent",
        lines=lines,
        promise=0,
        period_seconds=BUDGET_PERIOD_SECONDS,
        days=BUDGET_DAYS,
    )


def _processor(auto_scaling_group: pulumi.Input[str]) -> Chart:
    lines = [
        Line(
            identifier=statistic.lower(),
            label=label,
            source=Metric(
                namespace=MACHINE_METRICS,
                name="CPUUtilization",
                statistic=statistic,
                dimensions={"AutoScalingGroupName": auto_scaling_group},
                resolution_seconds=MACHINE_RESOLUTION_SECONDS,
            ),
        )
        for statistic, label in (("Average", "All machines"), ("Maximum", "Busiest machine"))
    ]
    return Chart(
        signal="saturation",
        title="Processor use",
        unit="per cent",
        lines=lines,
        period_seconds=MACHINE_RESOLUTION_SECONDS,
    )


def _read_section(name: str, queue: ChartedQueue, promise: RequestPromise | WorkPromise) -> Section:
    charts = [_done(name, queue), _given_up(queue), _delay(name, queue, promise), _depth(queue)]
    return Section(title=f"Work from the queue '{name}'", charts=charts)


def _written_section(name: str, queue: ChartedQueue) -> Section:
    return Section(
        title=f"Work for the queue '{name}'",
        charts=[_handed_on(name, queue)],
        note="How long work waits before it is handed on is in the database, and in no metric of CloudWatch.",
    )


def _done(name: str, queue: ChartedQueue) -> Chart:
    return _messages_a_second(f"Work done: {name}", "NumberOfMessagesDeleted", queue)


def _handed_on(name: str, queue: ChartedQueue) -> Chart:
    return _messages_a_second(f"Work handed on: {name}", "NumberOfMessagesSent", queue)


def _messages_a_second(title: str, metric: str, queue: ChartedQueue) -> Chart:
    messages = _hidden("messages", of_queue(metric, "Sum", queue.queue))
    rate = Line(identifier="rate", label="Messages", source="messages / PERIOD(messages)")
    return Chart(signal="rate", title=title, unit="a second", lines=[messages, rate])


def _given_up(queue: ChartedQueue) -> Chart:
    dead = of_queue("ApproximateNumberOfMessagesVisible", "Maximum", queue.dead_letter_queue)
    line = Line(identifier="dead", label="In the dead-letter queue", source=dead)
    return Chart(signal="errors", title="Work given up", unit="count", lines=[line], promise=0)


def _delay(name: str, queue: ChartedQueue, promise: RequestPromise | WorkPromise) -> Chart:
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


def _counts(service: ChartedService, side: ChartedSide) -> list[Line]:
    """All requests of a side, and those that failed in each way."""
    counts = {"requests": "RequestCount", **FAILURES}
    return [_hidden(f"{side.name}_{name}", of_side(metric, "Sum", service, side)) for name, metric in counts.items()]


def _failed(side: ChartedSide) -> str:
    """How many requests of a side failed. Where none did, the load balancer tells nothing."""
    return " + ".join(f"FILL({side.name}_{name}, 0)" for name in FAILURES)


def _hidden(identifier: str, metric: Metric) -> Line:
    return Line(identifier=identifier, label=metric.name, source=metric, shown=False)
