"""Each team is told of its own services' alerts, by a key that stays secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pulumi.runtime import rpc

from components.grafana_notifications import GrafanaNotifications, GrafanaNotificationsArgs
from tests.components.recorder import Recording, record

pytestmark = pytest.mark.unit

KEYS = {"platform": "key-of-platform", "participants": "key-of-participants"}


def notified(*, keys: Mapping[str, str] = KEYS, emails: tuple[str, ...] = ("us@prakerja.test",)) -> Recording:
    args = GrafanaNotificationsArgs(environment="prod", events_keys=keys, emails=emails)
    return record(lambda: GrafanaNotifications("prod-notifications", args))


def points(recording: Recording) -> dict[str, dict[str, Any]]:
    return {one.inputs["name"]: one.inputs for one in recording.of_type("grafana:alerting/contactPoint:ContactPoint")}


def test_each_team_has_its_own_pager_and_the_key_is_secret() -> None:
    made = points(notified())
    assert set(made) == {"PagerDuty, platform, prod", "PagerDuty, participants, prod"}
    for owner, key in KEYS.items():
        pagers = made[f"PagerDuty, {owner}, prod"]["pagerduties"]
        assert rpc.is_rpc_secret(pagers)
        (pager,) = rpc.unwrap_rpc_secret(pagers)
        assert pager["integrationKey"] == key
        assert pager["severity"] == "{{ .CommonLabels.severity }}"


def test_alerts_go_to_the_team_that_owns_the_service_and_others_to_the_platforms() -> None:
    policy = notified().one("grafana:alerting/notificationPolicy:NotificationPolicy").inputs
    assert policy["contactPoint"] == "PagerDuty, platform, prod"
    routes = {one["matchers"][0]["value"]: (one["matchers"], one["contactPoint"]) for one in policy["policies"]}
    assert routes["participants"] == (
        [{"label": "owner", "match": "=", "value": "participants"}],
        "PagerDuty, participants, prod",
    )


def test_one_notification_holds_alerts_of_one_service_and_one_severity() -> None:
    policy = notified().one("grafana:alerting/notificationPolicy:NotificationPolicy").inputs
    assert all({"service", "severity"} <= set(one["groupBies"]) for one in (policy, *policy["policies"]))


def test_without_a_pager_everybody_is_mailed() -> None:
    made = notified(keys={})
    (point,) = points(made).values()
    assert point["emails"][0]["addresses"] == ["us@prakerja.test"]
    assert made.one("grafana:alerting/notificationPolicy:NotificationPolicy").inputs["contactPoint"] == point["name"]


def test_somebody_must_be_told() -> None:
    with pytest.raises(ValueError, match="nobody given"):
        GrafanaNotificationsArgs(environment="prod", events_keys={}, emails=())


def test_somebody_must_get_what_no_team_does() -> None:
    with pytest.raises(ValueError, match="none for 'platform'"):
        GrafanaNotificationsArgs(environment="prod", events_keys={"participants": "key"}, emails=())
