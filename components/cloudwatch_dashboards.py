"""The services' charts, drawn by CloudWatch itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.charts import Chart, Dashboard, Line, Metric, Section, Unit
from components.component import Classification, Component
from components.naming import logical

# CloudWatch, dashboard body: a page is 24 units wide.
_PAGE_WIDTH = 24
_CHART_WIDTH, _CHART_HEIGHT = 8, 6
_TITLE_HEIGHT, _NOTE_HEIGHT = 1, 2
_UNITS: dict[Unit, str] = {"a second": "A second", "count": "Count", "per cent": "Per cent", "seconds": "Seconds"}


@dataclass(frozen=True, kw_only=True)
class CloudWatchDashboardsArgs:
    """region: where the metrics are.
    dashboards: what is to be drawn.
    """

    region: str
    dashboards: Sequence[Dashboard]


class CloudWatchDashboards(Component):
    """One dashboard of CloudWatch's for each that is to be drawn."""

    layer = "saas"

    def __init__(self, name: str, args: CloudWatchDashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        for dashboard in args.dashboards:
            own_name = logical(name, dashboard.name)
            aws.cloudwatch.Dashboard(
                own_name,
                # People look it up by its name.
                dashboard_name=own_name,
                dashboard_body=pulumi.Output.json_dumps(dashboard_body(dashboard, region=args.region)),
                opts=self.child(),
            )
        self.register_outputs({})


def dashboard_body(dashboard: Dashboard, *, region: str) -> dict[str, Any]:
    """A dashboard as CloudWatch takes it (Amazon CloudWatch API Reference, Dashboard Body Structure and Syntax)."""
    widgets: list[dict[str, Any]] = []
    top = 0
    for section in dashboard.sections:
        drawn, top = _section(section, region=region, top=top)
        widgets += drawn
    # Each chart's own period, however much time is shown.
    return {"start": "-PT6H", "periodOverride": "inherit", "widgets": widgets}


def _section(section: Section, *, region: str, top: int) -> tuple[list[dict[str, Any]], int]:
    """The section's widgets, and where the next one begins."""
    text = f"## {section.title}" + (f"\n{section.note}" if section.note else "")
    height = _TITLE_HEIGHT + (_NOTE_HEIGHT if section.note else 0)
    widgets: list[dict[str, Any]] = [
        {
            "type": "text",
            "x": 0,
            "y": top,
            "width": _PAGE_WIDTH,
            "height": height,
            "properties": {"markdown": text, "background": "transparent"},
        }
    ]
    top += height
    in_row = _PAGE_WIDTH // _CHART_WIDTH
    for index, chart in enumerate(section.charts):
        widgets.append(
            {
                "type": "metric",
                "x": index % in_row * _CHART_WIDTH,
                "y": top + index // in_row * _CHART_HEIGHT,
                "width": _CHART_WIDTH,
                "height": _CHART_HEIGHT,
                "properties": _properties(chart, region=region),
            }
        )
    return widgets, top + -(-len(section.charts) // in_row) * _CHART_HEIGHT


def _properties(chart: Chart, *, region: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "title": chart.title,
        "view": "timeSeries",
        "stacked": False,
        "region": region,
        "period": chart.period_seconds,
        "metrics": [_metric(line) for line in chart.lines],
        "yAxis": {"left": {"label": _UNITS[chart.unit], "showUnits": False}},
    }
    if chart.promise is not None:
        properties["annotations"] = {"horizontal": [{"label": "Promise", "value": chart.promise}]}
    if chart.days is not None:
        properties |= {"start": f"-P{chart.days}D", "end": "P0D"}
    return properties


def _metric(line: Line) -> list[Any]:
    """One row of `metrics`: names and values in turn, and how it is shown."""
    rendering: dict[str, Any] = {"id": line.identifier, "label": line.label, "visible": line.shown}
    if not isinstance(line.source, Metric):
        return [{"expression": line.source, **rendering}]
    metric = line.source
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, **rendering}]
