"""CloudWatch: alarms on metrics, and dashboards."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.work import Work
from sandbox.provider.values import Properties, Value

_METRIC = {"metricName": "MetricName", "namespace": "Namespace"}
_STATISTIC = {"period": "Period", "stat": "Stat", "unit": "Unit"}
_QUERY = {
    "id": "Id",
    "expression": "Expression",
    "label": "Label",
    "period": "Period",
    "returnData": "ReturnData",
    "accountId": "AccountId",
}


def _encode_dimensions(dimensions: Properties) -> list[Model]:
    return [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())]


def _decode_dimensions(answered: list[Model]) -> Properties:
    return {dimension["Name"]: dimension["Value"] for dimension in answered}


def _encode_queries(queries: list[Properties]) -> list[Model]:
    """A metric's name, its statistic and its dimensions are one object for pulumi-aws, and two for the API."""
    encoded = []
    for query in queries:
        item: Model = {api: query[name] for name, api in _QUERY.items() if query.get(name) is not None}
        item["ReturnData"] = bool(query.get("returnData"))
        if metric := query.get("metric"):
            of: Model = {api: metric[name] for name, api in _METRIC.items() if metric.get(name) is not None}
            of["Dimensions"] = _encode_dimensions(metric.get("dimensions", {}))
            statistic = {api: metric[name] for name, api in _STATISTIC.items() if metric.get(name) is not None}
            item["MetricStat"] = {"Metric": of, **statistic}
        encoded.append(item)
    return encoded


def _decode_queries(answered: list[Model]) -> Value:
    decoded = []
    for item in answered:
        query: Properties = {name: item[api] for name, api in _QUERY.items() if item.get(api) not in (None, False)}
        if statistic := item.get("MetricStat"):
            metric: Any = {name: statistic["Metric"].get(api) for name, api in _METRIC.items()}
            metric |= {name: statistic[api] for name, api in _STATISTIC.items() if statistic.get(api) is not None}
            metric["dimensions"] = _decode_dimensions(statistic["Metric"].get("Dimensions", []))
            query["metric"] = metric
        decoded.append(query)
    return decoded


_SETTINGS: dict[str, Input] = {
    "alarmDescription": Input(default=""),
    "comparisonOperator": Input(),
    "evaluationPeriods": Input(),
    "datapointsToAlarm": Input(),
    "threshold": Input(),
    "namespace": Input(),
    "metricName": Input(),
    "dimensions": Input(encode=_encode_dimensions, decode=_decode_dimensions),
    "statistic": Input(),
    "extendedStatistic": Input(),
    "period": Input(),
    "unit": Input(),
    "metricQueries": Input(api="Metrics", unordered=True, encode=_encode_queries, decode=_decode_queries),
    "treatMissingData": Input(default="missing"),
    "evaluateLowSampleCountPercentiles": Input(api="EvaluateLowSampleCountPercentile"),
    "actionsEnabled": Input(default=True),
    "alarmActions": Input(unordered=True),
    "okActions": Input(api="OKActions", unordered=True),
    "insufficientDataActions": Input(unordered=True),
}


def _extend(work: Work, model: Model) -> None:
    model["Tags"] = work.find("Tags", "list_tags_for_resource", ResourceARN=model["AlarmArn"])


_OF_ALARM = {"ResourceARN": "{arn}"}

METRIC_ALARM = Declaration(
    type="aws:cloudwatch/metricAlarm:MetricAlarm",
    service="cloudwatch",
    behind="never evaluated by itself; its state can be set",
    id="{name}",
    inputs={"name": fixed(api="AlarmName"), **_SETTINGS},
    create=Call("put_metric_alarm"),
    read=Call("describe_alarms", {"AlarmNames": ["{id}"]}, "MetricAlarms[0]"),
    updates=(Update(Call("put_metric_alarm"), ("name", *_SETTINGS)),),
    delete=Call("delete_alarms", {"AlarmNames": ["{id}"]}),
    extend=_extend,
    outputs={"arn": "AlarmArn"},
    conflicts=(("metricName", "metricQueries"), ("statistic", "extendedStatistic")),
    naming=Naming(limit=255, prefix_input=None),
    tagging=Tagging(
        add=Call("tag_resource", _OF_ALARM),
        remove=Call("untag_resource", _OF_ALARM),
    ),
)

_OF_DASHBOARD = {"DashboardName": "{id}"}

DASHBOARD = Declaration(
    type="aws:cloudwatch/dashboard:Dashboard",
    service="cloudwatch",
    behind="drawn by nobody; of its body only the JSON is checked",
    id="{dashboardName}",
    inputs={"dashboardName": fixed(), "dashboardBody": Input(document=True)},
    create=Call("put_dashboard"),
    read=Call("get_dashboard", _OF_DASHBOARD),
    updates=(Update(Call("put_dashboard"), ("dashboardName", "dashboardBody")),),
    delete=Call("delete_dashboards", {"DashboardNames": ["{id}"]}),
)

ALL = (METRIC_ALARM, DASHBOARD)
