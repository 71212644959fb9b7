"""A dashboard as Grafana keeps it: rows, charts with their units and promises, and notes."""

from __future__ import annotations

from typing import Any

import pulumi

from components.charts import Chart, Dashboard, Line, Metric, Section, Signal, Unit
from components.grafana_queries import expression_query, metric_query

# Grafana, dashboard JSON model: a page is 24 units wide. The version of the model that these fields are of.
_PAGE_WIDTH = 24
_CHART_WIDTH, _CHART_HEIGHT = 8, 8
_ROW_HEIGHT, _NOTE_HEIGHT = 1, 3
_SCHEMA_VERSION = 39
# Panels have numbers that no change elsewhere on the page moves: links to them stay right.
_NUMBERS_OF_A_SECTION = 100
_NOTE_NUMBER = 99
_UNITS: dict[Unit, str] = {"a second": "reqps", "count": "short", "per cent": "percent", "seconds": "s"}


def dashboard_model(
    dashboard: Dashboard, *, uid: str, title: str, source: pulumi.Input[str], region: str, tags: list[str]
) -> dict[str, Any]:
    """The whole page. source: the data source's UID; region: where the metrics are."""
    panels: list[dict[str, Any]] = []
    top = 0
    for index, section in enumerate(dashboard.sections):
        drawn, top = _section(index, section, source=source, region=region, top=top)
        panels += drawn
    return {
        "uid": uid,
        "title": title,
        "tags": tags,
        "schemaVersion": _SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "Asia/Jakarta",
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "1m",
        "panels": panels,
    }


def panel_number(dashboard: Dashboard, section_title: str, signal: Signal) -> int:
    """The number of a section's first chart of a signal.

    Raises LookupError where there is none.
    """
    for index, section in enumerate(dashboard.sections):
        for position, chart in enumerate(section.charts):
            if section.title == section_title and chart.signal == signal:
                return _number(index, position)
    raise LookupError(f"'{dashboard.name}' has no chart of {signal} in '{section_title}'")


def _number(section: int, position: int) -> int:
    return _row_number(section) + 1 + position


def _row_number(section: int) -> int:
    return _NUMBERS_OF_A_SECTION * (section + 1)


def _section(
    index: int, section: Section, *, source: pulumi.Input[str], region: str, top: int
) -> tuple[list[dict[str, Any]], int]:
    """The section's panels, and where the next one begins."""
    panels: list[dict[str, Any]] = [
        {
            "id": _row_number(index),
            "type": "row",
            "title": section.title,
            "collapsed": False,
            "panels": [],
            "gridPos": _place(0, top, _PAGE_WIDTH, _ROW_HEIGHT),
        }
    ]
    top += _ROW_HEIGHT
    if section.note:
        panels.append(
            {
                "id": _row_number(index) + _NOTE_NUMBER,
                "type": "text",
                "title": "",
                "transparent": True,
                "options": {"mode": "markdown", "content": section.note},
                "gridPos": _place(0, top, _PAGE_WIDTH, _NOTE_HEIGHT),
            }
        )
        top += _NOTE_HEIGHT
    in_row = _PAGE_WIDTH // _CHART_WIDTH
    for position, chart in enumerate(section.charts):
        left = position % in_row * _CHART_WIDTH
        place = _place(left, top + position // in_row * _CHART_HEIGHT, _CHART_WIDTH, _CHART_HEIGHT)
        panel = {"id": _number(index, position), "gridPos": place, **_chart(chart, source=source, region=region)}
        panels.append(panel)
    return panels, top + -(-len(section.charts) // in_row) * _CHART_HEIGHT


def _place(left: int, top: int, width: int, height: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": width, "h": height}


def _chart(chart: Chart, *, source: pulumi.Input[str], region: str) -> dict[str, Any]:
    panel: dict[str, Any] = {
        "type": "timeseries",
        "title": chart.title,
        "datasource": {"type": "cloudwatch", "uid": source},
        "fieldConfig": {"defaults": _field(chart), "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [_target(line, chart, source=source, region=region) for line in chart.lines],
    }
    if chart.days is not None:
        panel["timeFrom"] = f"{chart.days}d"
    return panel


def _field(chart: Chart) -> dict[str, Any]:
    field: dict[str, Any] = {
        "unit": _UNITS[chart.unit],
        "custom": {"drawStyle": "line", "fillOpacity": 10, "spanNulls": False},
    }
    if chart.promise is None:
        return field
    # Of a budget it is bad to be below the line, of everything else to be above.
    below, above = ("red", "green") if chart.signal == "budget" else ("green", "red")
    steps = [{"color": below, "value": None}, {"color": above, "value": chart.promise}]
    field["thresholds"] = {"mode": "absolute", "steps": steps}
    field["custom"] |= {"thresholdsStyle": {"mode": "line"}}
    return field


def _target(line: Line, chart: Chart, *, source: pulumi.Input[str], region: str) -> dict[str, Any]:
    shown = {"label": line.label, "hide": not line.shown}
    if isinstance(line.source, Metric):
        query = metric_query(
            line.identifier, line.source, source=source, region=region, period_seconds=chart.period_seconds
        )
    else:
        query = expression_query(
            line.identifier, line.source, source=source, region=region, period_seconds=chart.period_seconds
        )
    return {**query, **shown}
