"""A service's alert rules, evaluated by Grafana."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumiverse_grafana as grafana

from components.alert_rules import AlertRule, LevelRule, ShareRule
from components.charted_service import ChartedService
from components.charts import Metric
from components.component import Classification, Component
from components.grafana_panels import panel_number
from components.grafana_queries import metric_query
from components.grafana_stack import short_uid
from components.service_charts import service_dashboard

EVALUATION_SECONDS = 60
PERIOD_SECONDS = 60
# Enough for a few points: load balancers and queues tell of a minute one or two later.
LEVEL_WINDOW_SECONDS = 300
RUNBOOK = "docs/day-two.md#alerts"
# Where Grafana reckons by itself, in place of a data source.
_EXPRESSION = "__expr__"
_FIRES = "fires"

Rule = grafana.alerting.RuleGroupRuleArgs
Step = grafana.alerting.RuleGroupRuleDataArgs


@dataclass(frozen=True, kw_only=True)
class GrafanaAlertsArgs:
    """environment: its name.
    region: where the metrics are.
    folder, source: UIDs in Grafana.
    service: whose rules these are.
    rules: at least one.
    """

    environment: str
    region: str
    folder: pulumi.Input[str]
    source: pulumi.Input[str]
    service: ChartedService
    rules: Sequence[AlertRule]

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError(f"rules: none given for {self.service.name}; allowed: at least one")


class GrafanaAlerts(Component):
    """One group of rules for a service."""

    layer = "saas"

    def __init__(self, name: str, args: GrafanaAlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        service = args.service
        super().__init__(name, Classification(service=service.name, owner=service.owner, data_class="internal"), opts)
        grafana.alerting.RuleGroup(
            name,
            name=service.name,
            folder_uid=args.folder,
            interval_seconds=EVALUATION_SECONDS,
            rules=[_rule(rule, args) for rule in args.rules],
            opts=self.child(),
        )
        self.register_outputs({})


def _rule(rule: AlertRule, args: GrafanaAlertsArgs) -> Rule:
    service = args.service
    panel = panel_number(service_dashboard(service), rule.section, rule.signal)
    condition = rule.condition
    steps = _share(condition, args) if isinstance(condition, ShareRule) else _level(condition, args)
    return Rule(
        name=f"{service.name}, {rule.name}",
        condition=_FIRES,
        datas=steps,
        for_=f"{condition.minutes}m" if isinstance(condition, LevelRule) else "0s",
        # Without requests, or without one that failed, CloudWatch tells nothing: all is well.
        no_data_state="OK",
        exec_err_state="Error",
        labels={
            "environment": args.environment,
            "service": service.name,
            "owner": service.owner,
            "severity": rule.severity,
        },
        annotations={
            "summary": rule.summary,
            "description": rule.description,
            "runbook": RUNBOOK,
            "__dashboardUid__": short_uid(args.environment, service.name),
            "__panelId__": str(panel),
        },
    )


def _share(condition: ShareRule, args: GrafanaAlertsArgs) -> Sequence[Step]:
    """Sums over each window, and whether the one is too large a share of the other in all of them.

    Grafana reckons, not CloudWatch: the data source's own expressions are no use in alert rules, which ask each query
    by itself (Grafana, Amazon CloudWatch query editor, metric math).
    """
    steps: list[Step] = []
    shares = []
    for minutes in condition.windows_minutes:
        for side, metric in (("part", condition.part), ("whole", condition.whole)):
            found, total = f"{side}_{minutes}", f"{side}_{minutes}_sum"
            steps += [
                _asked(found, metric, args, seconds=60 * minutes),
                _reckoned(total, "reduce", expression=found, reducer="sum", settings={"mode": "dropNN"}),
            ]
        shares.append(f"100 * $part_{minutes}_sum / $whole_{minutes}_sum > {condition.percent:g}")
    steps.append(_reckoned(_FIRES, "math", expression=" && ".join(f"({share})" for share in shares)))
    return steps


def _level(condition: LevelRule, args: GrafanaAlertsArgs) -> Sequence[Step]:
    return [
        _asked("found", condition.metric, args, seconds=LEVEL_WINDOW_SECONDS),
        _reckoned("last", "reduce", expression="found", reducer="last", settings={"mode": "dropNN"}),
        _reckoned(_FIRES, "math", expression=f"$last > {condition.level:g}"),
    ]


def _asked(identifier: str, metric: Metric, args: GrafanaAlertsArgs, *, seconds: int) -> Step:
    query = metric_query(identifier, metric, source=args.source, region=args.region, period_seconds=PERIOD_SECONDS)
    # Grafana reckons only with series whose labels are alike, and the data source's name for a series is one of them.
    query["label"] = args.service.name
    return _step(identifier, args.source, query, seconds=seconds)


def _reckoned(identifier: str, kind: str, **fields: Any) -> Step:
    model = {
        "refId": identifier,
        "type": kind,
        "datasource": {"type": _EXPRESSION, "uid": _EXPRESSION},
        **fields,
    }
    return _step(identifier, _EXPRESSION, model, seconds=0)


def _step(identifier: str, source: pulumi.Input[str], model: Mapping[str, Any], *, seconds: int) -> Step:
    return Step(
        ref_id=identifier,
        datasource_uid=source,
        model=pulumi.Output.json_dumps(model),
        relative_time_range=grafana.alerting.RuleGroupRuleDataRelativeTimeRangeArgs(from_=seconds, to=0),
    )
