"""What a chart shows, whoever draws it: metrics that CloudWatch has, what is reckoned of them, and what was promised.

All of it is data. `cloudwatch_dashboards` and `grafana_dashboards` draw the same charts of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

# The four golden signals (Google, Site Reliability Engineering, chapter 6), and how much may still go wrong.
Signal = Literal["rate", "errors", "duration", "saturation", "budget"]
Unit = Literal["a second", "count", "per cent", "seconds"]
# CloudWatch, GetMetricData: an identifier of a metric or an expression.
_IDENTIFIER = re.compile(r"[a-z][a-zA-Z0-9_]*")
# CloudWatch keeps datapoints of a minute for 15 days, of five minutes for 63.
_MINUTE_SECONDS, _MINUTES_KEPT_DAYS, _FIVE_MINUTES_SECONDS = 60, 15, 300


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of CloudWatch.

    statistic: `Sum`, `Maximum`, … or a percentile, such as `p99`.
    resolution_seconds: how often its service tells of it; no chart asks more often.
    """

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, pulumi.Input[str]]
    resolution_seconds: int = 60


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a chart.

    identifier: by which expressions of the same chart name it.
    source: a metric, or an expression of CloudWatch's metric math over other lines.
    shown: drawn, and not only there for others to be reckoned of.
    """

    identifier: str
    label: str
    source: Metric | str
    shown: bool = True

    def __post_init__(self) -> None:
        if not _IDENTIFIER.fullmatch(self.identifier):
            raise ValueError(
                f"identifier: '{self.identifier}' given; allowed: letters, digits and _, a lower-case letter first"
            )


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Lines over time.

    promise: where the line is that the service promised not to cross; none where it promised nothing of the sort.
    period_seconds: between two points.
    days: that the chart always looks back; none where it shows what its reader chose.
    """

    signal: Signal
    title: str
    unit: Unit
    lines: Sequence[Line]
    promise: float | None = None
    period_seconds: int = 60
    days: int | None = None

    def __post_init__(self) -> None:
        kept = _MINUTE_SECONDS if (self.days or 0) <= _MINUTES_KEPT_DAYS else _FIVE_MINUTES_SECONDS
        finest = max([kept, *(metric.resolution_seconds for metric in self.metrics)])
        if self.period_seconds < finest:
            raise ValueError(f"period_seconds: {self.period_seconds} given for '{self.title}'; allowed: from {finest}")

    @property
    def metrics(self) -> Iterator[Metric]:
        """What it shows, and what that is reckoned of."""
        return (line.source for line in self.lines if isinstance(line.source, Metric))


@dataclass(frozen=True, kw_only=True)
class Section:
    """Charts that belong together, and what they can't show."""

    title: str
    charts: Sequence[Chart]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A page of charts.

    name: unique in its environment: letters, digits and hyphens.
    """

    name: str
    title: str
    sections: Sequence[Section]

    @property
    def charts(self) -> list[Chart]:
        """All of them, from top to bottom."""
        return [chart for section in self.sections for chart in section.charts]


def hidden_line(identifier: str, metric: Metric) -> Line:
    """A line that is there for others to be reckoned of."""
    return Line(identifier=identifier, label=metric.name, source=metric, shown=False)
