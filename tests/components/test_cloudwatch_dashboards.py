"""CloudWatch draws what Grafana draws, in a body that it takes, the same each time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.charts import Dashboard
from components.cloudwatch_dashboards import dashboard_body
from components.grafana_panels import dashboard_model
from components.service_charts import overview, service_dashboard
from tests.components.charted import SERVICES

pytestmark = pytest.mark.unit

REGION = "ap-southeast-3"
DASHBOARDS = (overview(SERVICES), *(service_dashboard(service) for service in SERVICES))
each = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.name)


def by_cloudwatch(dashboard: Dashboard) -> list[Any]:
    charts = []
    for widget in dashboard_body(dashboard, region=REGION)["widgets"]:
        if widget["type"] == "metric":
            properties = widget["properties"]
            lines = []
            for row in properties["metrics"]:
                rendering = row[-1]
                dimensions = tuple(sorted(zip(row[2:-1:2], row[3:-1:2], strict=True)))
                asked = rendering.get("expression") or (*row[:2], dimensions)
                lines.append((rendering["id"], rendering["label"], rendering["visible"], asked, rendering.get("stat")))
            annotations = properties.get("annotations", {}).get("horizontal", [])
            promise = annotations[0]["value"] if annotations else None
            days = properties["start"].strip("-PD") if "start" in properties else None
            charts.append((properties["title"], properties["period"], promise, days, lines))
    return charts


def by_grafana(dashboard: Dashboard) -> list[Any]:
    model = dashboard_model(dashboard, uid="it", title="It", source="cloudwatch", region=REGION, tags=[])
    charts = []
    for panel in model["panels"]:
        if panel["type"] == "timeseries":
            lines = []
            for target in panel["targets"]:
                asked = target["expression"] or (
                    target["namespace"],
                    target["metricName"],
                    tuple(sorted(target["dimensions"].items())),
                )
                lines.append((target["id"], target["label"], not target["hide"], asked, target.get("statistic")))
            steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [None])
            promise = steps[-1]["value"] if steps[-1] else None
            days = panel["timeFrom"].strip("d") if "timeFrom" in panel else None
            (period,) = {target["period"] for target in panel["targets"]}
            charts.append((panel["title"], int(period), promise, days, lines))
    return charts


@each
def test_both_draw_the_same_charts(dashboard: Dashboard) -> None:
    assert by_cloudwatch(dashboard) == by_grafana(dashboard)


@each
def test_a_body_is_the_same_each_time(dashboard: Dashboard) -> None:
    first, second = (json.dumps(dashboard_body(dashboard, region=REGION)) for _ in range(2))
    assert first == second


@each
def test_widgets_lie_side_by_side_on_the_page(dashboard: Dashboard) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in dashboard_body(dashboard, region=REGION)["widgets"]:
        assert 0 <= widget["x"] < widget["x"] + widget["width"] <= 24
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        taken |= cells


@each
def test_only_what_is_reckoned_with_is_not_drawn(dashboard: Dashboard) -> None:
    for chart in dashboard.charts:
        drawn = [line for line in chart.lines if line.shown]
        hidden = [line for line in chart.lines if not line.shown]
        assert drawn
        assert all(any(line.identifier in str(other.source) for other in drawn) for line in hidden)


@each
def test_cloudwatch_takes_so_many_widgets_and_lines(dashboard: Dashboard) -> None:
    widgets = dashboard_body(dashboard, region=REGION)["widgets"]
    assert len(widgets) <= 500
    assert all(len(widget["properties"].get("metrics", [])) <= 500 for widget in widgets)
