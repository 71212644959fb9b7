"""A service as charts and alert rules know it: where it runs, which queues it works on, and what it promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

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
