"""Grafana's rules ask what the model says, lead to the chart that shows the trouble, and name who answers for it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from stacks.manifest import HttpManifest, WorkerManifest, read_manifests
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY

pytestmark = pytest.mark.unit

MANIFESTS = read_manifests(REPOSITORY / "app")


def groups(recording: Recording) -> dict[str, list[dict[str, Any]]]:
    return {
        one.inputs["name"]: one.inputs["rules"] for one in recording.of_type("grafana:alerting/ruleGroup:RuleGroup")
    }


def rules(recording: Recording) -> list[dict[str, Any]]:
    return [rule for group in groups(recording).values() for rule in group]


def models(rule: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["refId"]: json.loads(step["model"]) for step in rule["datas"]}


def test_whoever_is_asked_or_takes_work_has_rules(prod: Recording) -> None:
    watched = {name for name, one in MANIFESTS.items() if isinstance(one, HttpManifest) or one.needs.queues.read}
    assert set(groups(prod)) == watched


def test_thresholds_follow_the_manifests(prod: Recording) -> None:
    for name, found in groups(prod).items():
        manifest = MANIFESTS[name]
        fires = [models(rule)["fires"]["expression"] for rule in found]
        if isinstance(manifest, WorkerManifest):
            assert set(fires) == {f"$last > {manifest.objectives.delay_seconds}"}
            continue
        budget = 100 - manifest.objectives.availability_percent
        percents = {float(number) for one in fires for number in re.findall(r"_sum > ([\d.]+)", one)}
        assert sorted(percents) == pytest.approx([6 * budget, 14.4 * budget])
        assert f"$last > {manifest.objectives.latency_milliseconds / 1000:g}" in fires


def test_every_step_reckons_with_steps_before_it_and_the_last_one_fires(prod: Recording) -> None:
    for rule in rules(prod):
        known: set[str] = set()
        for step in rule["datas"]:
            model = json.loads(step["model"])
            assert model["refId"] == step["refId"]
            if step["datasourceUid"] == "__expr__":
                expression = model["expression"]
                named = set(re.findall(r"\$(\w+)", expression)) if model["type"] == "math" else {expression}
                assert named
                assert named <= known
            known.add(step["refId"])
        assert rule["condition"] == rule["datas"][-1]["refId"] == "fires"


def test_grafana_reckons_by_itself_as_alert_rules_ask_each_query_alone(prod: Recording) -> None:
    for rule in rules(prod):
        for step in rule["datas"]:
            model = json.loads(step["model"])
            assert (step["datasourceUid"] == "__expr__") == ("type" in model)
            assert "type" in model or not model["expression"]


def test_what_a_rule_reckons_with_has_the_same_labels(prod: Recording) -> None:
    for rule in rules(prod):
        asked = [model for model in models(rule).values() if "type" not in model]
        assert len({(model["label"], json.dumps(model["dimensions"])) for model in asked}) == 1


def test_windows_are_as_long_as_the_rule_says(prod: Recording) -> None:
    for rule in rules(prod):
        for step in rule["datas"]:
            if minutes := re.fullmatch(r"(?:part|whole)_(\d+)", step["refId"]):
                assert step["relativeTimeRange"] == {"from": 60 * int(minutes[1]), "to": 0}


def test_every_alert_leads_to_the_chart_that_shows_its_metric(prod: Recording) -> None:
    dashboards = {}
    for dashboard in prod.of_type("grafana:oss/dashboard:Dashboard"):
        drawn = json.loads(dashboard.inputs["configJson"])
        dashboards[drawn["uid"]] = {panel["id"]: panel for panel in drawn["panels"]}
    for rule in rules(prod):
        annotations = rule["annotations"]
        panel = dashboards[annotations["__dashboardUid__"]][int(annotations["__panelId__"])]
        shown = {(one.get("metricName"), json.dumps(one.get("dimensions"))) for one in panel["targets"]}
        asked = {(one["metricName"], json.dumps(one["dimensions"])) for one in models(rule).values() if "period" in one}
        assert asked <= shown


def test_every_alert_names_service_and_owner_and_where_to_read_on(prod: Recording) -> None:
    for name, found in groups(prod).items():
        for rule in found:
            assert rule["labels"]["service"] == name
            assert rule["labels"]["owner"] == MANIFESTS[name].owner
            assert rule["labels"]["severity"] in ("critical", "warning")
            assert name in rule["annotations"]["summary"]
            assert rule["annotations"]["runbook"].startswith("docs/day-two.md")


def test_where_nothing_is_told_nothing_is_wrong(prod: Recording) -> None:
    assert {rule["noDataState"] for rule in rules(prod)} == {"OK"}
    assert {rule["execErrState"] for rule in rules(prod)} == {"Error"}
