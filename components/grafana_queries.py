"""Questions to CloudWatch as Grafana keeps them, in dashboards and alert rules alike."""

from __future__ import annotations

from typing import Any

import pulumi

from components.charts import Metric

# Grafana's CloudWatch data source: a search for metrics, put together field by field or written as an expression.
_SEARCH, _BUILT, _WRITTEN = 0, 0, 1


def metric_query(
    identifier: str, metric: Metric, *, source: pulumi.Input[str], region: str, period_seconds: int
) -> dict[str, Any]:
    """What asks for one metric. source: the data source's UID."""
    return {
        **_query(identifier, source=source, region=region, period_seconds=period_seconds),
        "metricEditorMode": _BUILT,
        "namespace": metric.namespace,
        "metricName": metric.name,
        "dimensions": dict(metric.dimensions),
        "matchExact": True,
        "statistic": metric.statistic,
        "expression": "",
    }


def expression_query(
    identifier: str, expression: str, *, source: pulumi.Input[str], region: str, period_seconds: int
) -> dict[str, Any]:
    """What reckons something of other queries of the same chart. Alert rules can't have it: see `alert_rule`."""
    return {
        **_query(identifier, source=source, region=region, period_seconds=period_seconds),
        "metricEditorMode": _WRITTEN,
        "expression": expression,
    }


def _query(identifier: str, *, source: pulumi.Input[str], region: str, period_seconds: int) -> dict[str, Any]:
    return {
        "refId": identifier,
        "id": identifier,
        "datasource": {"type": "cloudwatch", "uid": source},
        "queryMode": "Metrics",
        "metricQueryType": _SEARCH,
        "region": region,
        "period": str(period_seconds),
    }
