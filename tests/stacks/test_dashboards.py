"""Dashboards come and go with one section of the settings, whoever draws them, and nothing else does."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.components.recorder import Recording
from tests.stacks.environments import run_program, stack_file

pytestmark = pytest.mark.unit

GRAFANA = stack_file("prod")["config"]["prakerja:dashboards"]
ROUTE = "grafana:alerting/notificationPolicy:NotificationPolicy"


def with_settings(**sections: Any) -> Recording:
    """Production without an edge, which this has nothing to do with; a section that is None is left out."""
    config = copy.deepcopy(stack_file("prod")["config"])
    for name, settings in {"edge": None, **sections}.items():
        config.pop(f"prakerja:{name}", None)
        if settings is not None:
            config[f"prakerja:{name}"] = settings
    return run_program("prod", config)


def drawn(recording: Recording) -> set[str]:
    """What belongs to dashboards and to the alerts that come with them."""
    return {
        one.urn
        for one in recording.resources
        if "grafana" in one.type.lower()
        or "grafana" in one.urn
        or "cloudwatch/dashboard" in one.type
        or "CloudWatchDashboards" in one.type
    }


def test_without_the_section_nothing_else_is_missing() -> None:
    whole, without = with_settings(dashboards=GRAFANA), with_settings(dashboards=None)
    assert not drawn(without)
    assert set(whole.urns()) - set(without.urns()) == drawn(whole)


def test_whoever_draws_nothing_else_differs() -> None:
    grafana = with_settings(dashboards=GRAFANA)
    cloudwatch = with_settings(dashboards={"drawn_by": "cloudwatch"})
    assert set(grafana.urns()) ^ set(cloudwatch.urns()) == drawn(grafana) | drawn(cloudwatch)
    assert len(cloudwatch.of_type("aws:cloudwatch/dashboard:Dashboard")) == len(
        grafana.of_type("grafana:oss/dashboard:Dashboard")
    )


def test_without_a_pager_alerts_are_mailed() -> None:
    made = with_settings(dashboards=GRAFANA, paging=None)
    (point,) = made.of_type("grafana:alerting/contactPoint:ContactPoint")
    assert point.inputs["emails"][0]["addresses"] == ["platform@prakerja.go.id"]
    assert made.one(ROUTE).inputs["contactPoint"] == point.inputs["name"]


def test_where_nobody_is_to_be_told_rules_are_there_all_the_same() -> None:
    made = with_settings(
        dashboards=GRAFANA,
        paging=None,
        alarms={"emails": [], "monthly_limit_usd": 500},
    )
    assert made.of_type("grafana:alerting/ruleGroup:RuleGroup")
    assert ROUTE not in {one.type for one in made.resources}
