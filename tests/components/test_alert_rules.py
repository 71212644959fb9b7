"""Alerts follow from what a service promises, for each of its sides and queues."""

from __future__ import annotations

import dataclasses

import pytest

from components.alert_rules import BURNS, LevelRule, ShareRule, alert_rules
from components.charted_service import ChartedService, RequestPromise
from tests.components.charted import NOTIFIER, PORTAL, RELAY

pytestmark = pytest.mark.unit


def promising(percent: float) -> ChartedService:
    return dataclasses.replace(PORTAL, promise=RequestPromise(availability_percent=percent, latency_seconds=0.5))


def test_both_sides_are_watched_alike() -> None:
    names = [rule.name for rule in alert_rules(PORTAL)]
    machines = [name.partition(": ")[2] for name in names if name.startswith("machines")]
    containers = [name.partition(": ")[2] for name in names if name.startswith("containers")]
    assert machines == containers
    assert len(names) == len(set(names)) == len(machines) + len(containers)


def test_budgets_are_watched_as_the_workbook_says() -> None:
    # Google, The Site Reliability Workbook, chapter 5, table 5-8: 2 % of a month in an hour, 5 % in six.
    month = 30 * 24 * 60
    spent = {burn.factor: burn.factor * burn.long_minutes / month for burn in BURNS}
    assert spent == {14.4: pytest.approx(0.02), 6: pytest.approx(0.05)}
    assert all(burn.long_minutes == 12 * burn.short_minutes for burn in BURNS)


@pytest.mark.parametrize(("promised", "fast", "slow"), [(99.9, 1.44, 0.6), (99, 14.4, 6), (99.99, 0.144, 0.06)])
def test_a_stricter_promise_alerts_at_fewer_errors(promised: float, fast: float, slow: float) -> None:
    shares = {
        rule.condition.windows_minutes: rule.condition.percent
        for rule in alert_rules(promising(promised))
        if isinstance(rule.condition, ShareRule)
    }
    assert shares == {(60, 5): pytest.approx(fast), (360, 30): pytest.approx(slow)}


def test_no_rule_asks_for_more_errors_than_there_can_be() -> None:
    shares = [rule.condition for rule in alert_rules(promising(90)) if isinstance(rule.condition, ShareRule)]
    assert {share.windows_minutes for share in shares} == {(360, 30)}
    assert all(share.percent < 100 for share in shares)


def test_slow_answers_alert_at_what_was_promised() -> None:
    levels = [rule.condition for rule in alert_rules(PORTAL) if isinstance(rule.condition, LevelRule)]
    assert {(level.metric.statistic, level.level) for level in levels} == {("p99", 0.5)}


def test_waiting_work_alerts_at_what_was_promised() -> None:
    (rule,) = alert_rules(NOTIFIER)
    assert isinstance(rule.condition, LevelRule)
    assert rule.condition.level == 300
    assert rule.condition.metric.dimensions == {"QueueName": "notification"}


def test_who_only_hands_work_on_has_nothing_that_could_be_watched() -> None:
    assert alert_rules(RELAY) == []


def test_whoever_is_called_reads_which_service_fails_where() -> None:
    for rule in alert_rules(PORTAL):
        side = rule.name.partition(":")[0]
        assert "portal" in rule.summary
        assert side in rule.summary
        assert rule.description.endswith(".")
