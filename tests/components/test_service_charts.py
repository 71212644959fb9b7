"""What is charted is the same wherever a service runs, and is there in CloudWatch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from components.charted_service import ChartedSide
from components.charts import Chart, Line, Metric
from components.service_charts import of_side, overview, service_dashboard
from stacks.manifest import HttpManifest, read_manifests
from tests.components.charted import NOTIFIER, PORTAL, RELAY, SERVICES
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY, run_program, stack_file

pytestmark = pytest.mark.unit

# Elastic Load Balancing, CloudWatch metrics for your Application Load Balancer; Amazon SQS, available CloudWatch
# metrics; Amazon EC2, CloudWatch metrics: what there is, and the statistics of it that mean anything.
PERCENTILES_AND_MEAN = {"p50", "p90", "p99", "Average"}
COUNTED, LEVEL = {"Sum"}, {"Minimum", "Maximum", "Average"}
OF_TARGET_GROUP = frozenset({"LoadBalancer", "TargetGroup"})
OF_QUEUE = frozenset({"QueueName"})
KNOWN: dict[tuple[str, str], tuple[frozenset[str], set[str]]] = {
    ("AWS/ApplicationELB", "RequestCount"): (OF_TARGET_GROUP, COUNTED),
    ("AWS/ApplicationELB", "RequestCountPerTarget"): (OF_TARGET_GROUP, COUNTED),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): (OF_TARGET_GROUP, COUNTED),
    ("AWS/ApplicationELB", "TargetConnectionErrorCount"): (OF_TARGET_GROUP, COUNTED),
    ("AWS/ApplicationELB", "TargetResponseTime"): (OF_TARGET_GROUP, PERCENTILES_AND_MEAN),
    ("AWS/ApplicationELB", "HealthyHostCount"): (OF_TARGET_GROUP, LEVEL),
    ("AWS/ApplicationELB", "UnHealthyHostCount"): (OF_TARGET_GROUP, LEVEL),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): (OF_QUEUE, LEVEL),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): (OF_QUEUE, LEVEL),
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): (OF_QUEUE, LEVEL),
    ("AWS/SQS", "NumberOfMessagesDeleted"): (OF_QUEUE, COUNTED),
    ("AWS/SQS", "NumberOfMessagesSent"): (OF_QUEUE, COUNTED),
    ("AWS/EC2", "CPUUtilization"): (frozenset({"AutoScalingGroupName"}), LEVEL),
}
DIMENSION_OF = {
    "LoadBalancer": ("aws:lb/loadBalancer:LoadBalancer", "app/{}/0123456789abcdef"),
    "TargetGroup": ("aws:lb/targetGroup:TargetGroup", "targetgroup/{}/0123456789abcdef"),
    "QueueName": ("aws:sqs/queue:Queue", "{}"),
    "AutoScalingGroupName": ("aws:autoscaling/group:Group", "{}"),
}


@pytest.fixture(scope="module")
def drawn() -> Recording:
    """Production, with its dashboards drawn by CloudWatch."""
    config = stack_file("prod")["config"]
    return run_program("prod", {**config, "prakerja:dashboards": {"drawn_by": "cloudwatch"}})


def bodies(recording: Recording) -> dict[str, dict[str, Any]]:
    return {
        one.inputs["dashboardName"]: json.loads(one.inputs["dashboardBody"])
        for one in recording.of_type("aws:cloudwatch/dashboard:Dashboard")
    }


def rows(recording: Recording) -> Iterator[tuple[str, str, dict[str, str], dict[str, Any]]]:
    """Every metric that any chart of the environment shows."""
    for body in bodies(recording).values():
        for widget in body["widgets"]:
            for row in widget["properties"].get("metrics", []):
                if len(row) > 1:
                    namespace, name, *pairs, rendering = row
                    yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)), rendering


def test_both_sides_have_the_same_charts_but_for_what_cloudwatch_lacks_of_containers() -> None:
    machines, containers = service_dashboard(PORTAL).sections
    of_machines = [(chart.signal, chart.title, chart.unit, chart.promise) for chart in machines.charts]
    of_containers = [(chart.signal, chart.title, chart.unit, chart.promise) for chart in containers.charts]
    assert of_machines[: len(of_containers)] == of_containers
    assert [title for _, title, _, _ in of_machines[len(of_containers) :]] == ["Processor use"]
    assert "Container Insights" in containers.note


def test_each_side_has_rate_errors_duration_saturation_and_budget() -> None:
    for section in service_dashboard(PORTAL).sections:
        assert {chart.signal for chart in section.charts} == {"rate", "errors", "duration", "saturation", "budget"}


def test_the_promise_is_in_the_charts() -> None:
    promised = {(chart.signal, chart.promise) for chart in service_dashboard(PORTAL).charts if chart.promise}
    assert promised == {("errors", 0.1), ("duration", 0.5)}
    (delay,) = [chart.promise for chart in service_dashboard(NOTIFIER).charts if chart.signal == "duration"]
    assert delay == 300


def test_a_budget_looks_back_30_days_at_points_that_cloudwatch_still_has() -> None:
    for chart in service_dashboard(PORTAL).charts:
        if chart.signal == "budget":
            assert chart.days == 30
            assert chart.period_seconds >= 300


def test_what_no_metric_tells_is_said() -> None:
    assert any("no metric" in section.note for section in service_dashboard(RELAY).sections)
    assert not [chart for chart in service_dashboard(RELAY).charts if chart.signal == "duration"]


def test_expressions_reckon_with_lines_of_their_own_chart() -> None:
    for dashboard in (overview(SERVICES), *(service_dashboard(service) for service in SERVICES)):
        for chart in dashboard.charts:
            known = [line.identifier for line in chart.lines]
            assert len(set(known)) == len(known)
            for line in chart.lines:
                if isinstance(line.source, str):
                    words = {word.strip("()+-*/, ") for word in line.source.replace("(", " ( ").split()}
                    named = {word for word in words if word and word[0].islower()}
                    assert named
                    assert named <= set(known)


def test_no_chart_asks_more_often_than_there_is_anything_to_tell() -> None:
    metric = Metric(
        namespace="AWS/EC2", name="CPUUtilization", statistic="Average", dimensions={}, resolution_seconds=300
    )
    with pytest.raises(ValueError, match="period_seconds: 60 given for 'Load'; allowed: from 300"):
        Chart(
            signal="saturation",
            title="Load",
            unit="per cent",
            lines=[Line(identifier="load", label="Load", source=metric)],
        )


def test_a_name_that_metric_math_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="identifier: 'Requests' given"):
        Line(identifier="Requests", label="Requests", source="1")


def test_who_is_not_asked_has_no_requests_to_chart() -> None:
    with pytest.raises(ValueError, match="target_group: none given for relay's machines"):
        of_side("RequestCount", "Sum", RELAY, ChartedSide(name="machines"))


def test_there_is_one_dashboard_a_service_and_one_of_all(drawn: Recording) -> None:
    services = read_manifests(REPOSITORY / "app")
    assert set(bodies(drawn)) == {"prod-all-services", *(f"prod-{name}" for name in services)}


def test_every_metric_is_one_that_cloudwatch_has(drawn: Recording) -> None:
    for namespace, name, dimensions, rendering in rows(drawn):
        expected, statistics = KNOWN[namespace, name]
        assert frozenset(dimensions) == expected
        assert rendering["stat"] in statistics


def test_every_dimension_is_one_of_the_platforms_resources_and_so_nobodys_data(drawn: Recording) -> None:
    for _, _, dimensions, _ in rows(drawn):
        for dimension, value in dimensions.items():
            token, shape = DIMENSION_OF[dimension]
            assert value in {shape.format(one.name) for one in drawn.of_type(token)}


def test_every_target_group_is_charted(drawn: Recording) -> None:
    charted = {dimensions.get("TargetGroup") for _, _, dimensions, _ in rows(drawn)} - {None}
    groups = drawn.of_type("aws:lb/targetGroup:TargetGroup")
    assert charted == {f"targetgroup/{one.name}/0123456789abcdef" for one in groups}


def test_the_charts_promise_what_the_manifests_do(drawn: Recording) -> None:
    for name, manifest in read_manifests(REPOSITORY / "app").items():
        if isinstance(manifest, HttpManifest):
            promises = {
                widget["properties"]["title"]: widget["properties"]["annotations"]["horizontal"][0]["value"]
                for widget in bodies(drawn)[f"prod-{name}"]["widgets"]
                if "annotations" in widget["properties"]
            }
            assert promises["Time to answer"] == manifest.objectives.latency_milliseconds / 1000
            assert promises["Failed requests"] == pytest.approx(100 - manifest.objectives.availability_percent)


def test_machines_tell_of_their_processors_as_often_as_the_charts_ask(drawn: Recording) -> None:
    for template in drawn.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        assert not template.inputs.get("monitoring", {}).get("enabled"), "a minute apart, with detailed monitoring"
