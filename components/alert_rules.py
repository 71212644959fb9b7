"""What alerts a service's team: rules that follow from what the service promises, whoever evaluates them.

Error budgets are watched as Google's SRE Workbook advises (chapter 5, "Alerting on SLOs", multiwindow, multi-burn-rate
alerts): somebody is called where 2 % of 30 days' budget are gone within an hour, or 5 % within six, and while they
still go, which the short window tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from components.charted_service import ChartedQueue, ChartedService, ChartedSide, RequestPromise, WorkPromise
from components.charts import Metric, Signal
from components.queue_charts import of_queue, read_section
from components.service_charts import FAILURES, of_side

# PagerDuty's words: the first calls people at once, the second waits for them.
Severity = Literal["critical", "warning"]
FAILURE_WORDS = {"errors": "are answered with an error", "unreached": "reach none of its targets"}
# One slow minute, or a worker that was killed with its messages, is no reason to call anybody.
LATENCY_MINUTES = 5
DELAY_MINUTES = 2


@dataclass(frozen=True, kw_only=True)
class Burn:
    """How fast a budget may be spent.

    factor: times as fast as would spend it in exactly 30 days.
    long_minutes, short_minutes: the windows; the short one is a twelfth of the long one.
    lasts: how long a whole budget lasts at that rate.
    """

    name: str
    factor: float
    long_minutes: int
    short_minutes: int
    lasts: str


BURNS = (
    Burn(name="fast", factor=14.4, long_minutes=60, short_minutes=5, lasts="two days"),
    Burn(name="slow", factor=6, long_minutes=360, short_minutes=30, lasts="five days"),
)


@dataclass(frozen=True, kw_only=True)
class ShareRule:
    """Fires where `part` is more than `percent` of `whole`, over each of the windows."""

    part: Metric
    whole: Metric
    percent: float
    windows_minutes: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class LevelRule:
    """Fires where a metric has been above `level` for some minutes."""

    metric: Metric
    level: float
    minutes: int


@dataclass(frozen=True, kw_only=True)
class AlertRule:
    """One rule.

    name: unique within the service.
    section, signal: where the chart is that shows the trouble.
    """

    name: str
    condition: ShareRule | LevelRule
    severity: Severity
    summary: str
    description: str
    section: str
    signal: Signal


def alert_rules(service: ChartedService) -> list[AlertRule]:
    """All of a service's, for each of its sides and each queue that it takes work from.

    A service that only hands work on has none: how long work waits for it is no metric of CloudWatch's.
    """
    if isinstance(service.promise, RequestPromise):
        return [rule for side in service.sides for rule in _of_side(service, service.promise, side)]
    return [_work_waits(service, service.promise, name, queue) for name, queue in service.reads.items()]


def _of_side(service: ChartedService, promise: RequestPromise, side: ChartedSide) -> Iterator[AlertRule]:
    for burn in BURNS:
        # Of a generous promise more can't be spent than everything.
        if burn.factor * promise.error_percent < 100:
            for failure in FAILURES:
                yield _budget_burns(service, promise, side, burn, failure)
    yield AlertRule(
        name=f"{side.name}: slow",
        condition=LevelRule(
            metric=of_side("TargetResponseTime", "p99", service, side),
            level=promise.latency_seconds,
            minutes=LATENCY_MINUTES,
        ),
        severity="warning",
        summary=f"{service.name} answers too slowly from {side.name}",
        description=f"More than one in a hundred requests has taken longer than {promise.latency_seconds:g} s, which "
        f"{service.name} promises, in each of {LATENCY_MINUTES} minutes.",
        section=side.name.capitalize(),
        signal="duration",
    )


def _budget_burns(
    service: ChartedService, promise: RequestPromise, side: ChartedSide, burn: Burn, failure: str
) -> AlertRule:
    percent = round(burn.factor * promise.error_percent, 6)
    return AlertRule(
        name=f"{side.name}: {failure}, {burn.name} burn",
        condition=ShareRule(
            part=of_side(FAILURES[failure], "Sum", service, side),
            whole=of_side("RequestCount", "Sum", service, side),
            percent=percent,
            windows_minutes=(burn.long_minutes, burn.short_minutes),
        ),
        severity="critical",
        summary=f"{service.name} fails on {side.name}",
        description=f"More than {percent:g} % of the requests to {service.name} on {side.name} "
        f"{FAILURE_WORDS[failure]}, over {burn.long_minutes} minutes and in the last {burn.short_minutes} still: at "
        f"this rate what may go wrong in 30 days is used up in {burn.lasts}.",
        section=side.name.capitalize(),
        signal="errors",
    )


def _work_waits(service: ChartedService, promise: WorkPromise, name: str, queue: ChartedQueue) -> AlertRule:
    return AlertRule(
        name=f"{name}: work waits",
        condition=LevelRule(
            metric=of_queue("ApproximateAgeOfOldestMessage", "Maximum", queue.queue),
            level=promise.delay_seconds,
            minutes=DELAY_MINUTES,
        ),
        severity="critical",
        summary=f"Work waits too long for {service.name}",
        description=f"The oldest message in the queue '{name}' has waited for longer than {promise.delay_seconds} s, "
        f"within which {service.name} promises to take it up.",
        section=read_section(name, queue, promise).title,
        signal="duration",
    )
