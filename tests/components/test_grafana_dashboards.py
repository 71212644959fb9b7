"""Grafana's dashboards are whole, the same each time, and show where the promise is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.charts import Dashboard
from components.grafana_panels import dashboard_model, panel_number
from components.service_charts import overview, service_dashboard
from tests.components.charted import PORTAL, SERVICES
from tests.components.recorder import Recording

pytestmark = pytest.mark.unit

DASHBOARDS = (overview(SERVICES), *(service_dashboard(service) for service in SERVICES))
each = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.name)


def model(dashboard: Dashboard) -> dict[str, Any]:
    return dashboard_model(dashboard, uid="it", title="It", source="cloudwatch", region="ap-southeast-3", tags=["a"])


@each
def test_a_dashboard_is_the_same_each_time(dashboard: Dashboard) -> None:
    assert json.dumps(model(dashboard)) == json.dumps(model(dashboard))


@each
def test_every_panel_has_a_number_of_its_own_and_a_place_on_the_page(dashboard: Dashboard) -> None:
    panels = model(dashboard)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells


@each
def test_every_question_goes_to_our_source_as_a_metric_or_an_expression(dashboard: Dashboard) -> None:
    for panel in model(dashboard)["panels"]:
        for target in panel.get("targets", []):
            assert target["datasource"] == {"type": "cloudwatch", "uid": "cloudwatch"}
            # Without both fields Grafana takes a query for a search that somebody wrote.
            assert target["metricQueryType"] == 0
            assert target["metricEditorMode"] == (1 if target["expression"] else 0)


def test_it_is_bad_to_be_above_a_promise_and_below_a_budget() -> None:
    charts = [panel for panel in model(service_dashboard(PORTAL))["panels"] if panel["type"] == "timeseries"]
    colours = {
        panel["title"]: [
            (step["color"], step["value"]) for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        ]
        for panel in charts
        if "thresholds" in panel["fieldConfig"]["defaults"]
    }
    assert colours == {
        "Failed requests": [("green", None), ("red", 0.1)],
        "Time to answer": [("green", None), ("red", 0.5)],
        "Error budget left, of 0.1 % in 30 days": [("red", None), ("green", 0)],
    }


def test_a_panels_number_is_moved_by_no_other_section() -> None:
    dashboard = service_dashboard(PORTAL)
    number = panel_number(dashboard, "Machines", "errors")
    fewer = Dashboard(name=dashboard.name, title=dashboard.title, sections=dashboard.sections[:1])
    assert panel_number(fewer, "Machines", "errors") == number
    (panel,) = [panel for panel in model(dashboard)["panels"] if panel["id"] == number]
    assert panel["title"] == "Failed requests"


def test_a_chart_that_is_not_there_has_no_number() -> None:
    with pytest.raises(LookupError, match="'portal' has no chart of errors in 'Elsewhere'"):
        panel_number(service_dashboard(PORTAL), "Elsewhere", "errors")


def test_every_dashboard_is_in_the_folder_and_asks_the_source(prod: Recording) -> None:
    (folder,) = prod.of_type("grafana:oss/folder:Folder")
    (source,) = prod.of_type("grafana:oss/dataSource:DataSource")
    uids = set()
    for dashboard in prod.of_type("grafana:oss/dashboard:Dashboard"):
        assert dashboard.inputs["folder"] == folder.inputs["uid"]
        drawn = json.loads(dashboard.inputs["configJson"])
        asked = {target["datasource"]["uid"] for panel in drawn["panels"] for target in panel.get("targets", [])}
        assert asked <= {source.inputs["uid"]}
        uids.add(drawn["uid"])
    assert len(uids) == len(prod.of_type("grafana:oss/dashboard:Dashboard"))
    assert all(len(uid) <= 40 for uid in uids)
