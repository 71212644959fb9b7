"""What is charted for a service: rate, errors, duration, saturation and error budget, the same wherever it runs.

Each side, machines and containers, is charted and held to the promise by itself, whatever share of the traffic it
takes: the trouble of a side with a small share would drown in the other's requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.charted_service import ChartedService, ChartedSide, RequestPromise
from components.charts import Chart, Dashboard, Line, Metric, Section, hidden_line
from components.queue_charts import delay, done, handed_on, read_section, written_section

LOAD_BALANCER_METRICS = "AWS/ApplicationELB"
MACHINE_METRICS = "AWS/EC2"
# Basic monitoring: EC2 tells of a machine every five minutes (Amazon EC2 User Guide, CloudWatch metrics).
MACHINE_RESOLUTION_SECONDS = 300
# A promise of availability is for as long; reckoned by the hour, it is 720 points.
BUDGET_DAYS = 30
BUDGET_PERIOD_SECONDS = 3600
# What a service answers with when it fails, and what the load balancer answers when it can't reach it.
FAILURES: Mapping[str, str] = {"errors": "HTTPCode_Target_5XX_Count", "unreached": "TargetConnectionErrorCount"}


def service_dashboard(service: ChartedService) -> Dashboard:
    """Everything of one service."""
    sections = [_side_section(service, side) for side in service.sides]
    sections += [read_section(name, queue, service.promise) for name, queue in service.reads.items()]
    sections += [written_section(name, queue) for name, queue in service.writes.items()]
    return Dashboard(name=service.name, title=service.name.capitalize(), sections=sections)


def overview(services: Sequence[ChartedService]) -> Dashboard:
    """How each service keeps its promise, one row a service."""
    return Dashboard(
        # No service can have this name.
        name="all-services",
        title="Overview",
        sections=[Section(title=service.name, charts=_overview_charts(service)) for service in services],
    )


def of_side(metric: str, statistic: str, service: ChartedService, side: ChartedSide) -> Metric:
    """What the load balancer tells of one side."""
    if side.target_group is None:
        raise ValueError(f"target_group: none given for {service.name}'s {side.name}; needed: who is asked has one")
    return Metric(
        namespace=LOAD_BALANCER_METRICS,
        name=metric,
        statistic=statistic,
        dimensions={"LoadBalancer": service.load_balancer, "TargetGroup": side.target_group},
    )


def _side_section(service: ChartedService, side: ChartedSide) -> Section:
    charts: list[Chart] = []
    if isinstance(service.promise, RequestPromise):
        charts += [
            _rate(service, [side]),
            _errors(service, service.promise, [side]),
            _duration(service, service.promise, [side]),
            _load(service, side),
            _targets(service, side),
            _budget(service, service.promise, [side]),
        ]
    note = ""
    if side.auto_scaling_group is not None:
        charts.append(_processor(side.auto_scaling_group))
    else:
        note = (
            "CloudWatch knows the processor use of containers by Container Insights alone, which is not installed. "
            "`kubectl top pods` shows it; containers become more, and fewer, by it."
        )
    return Section(title=side.name.capitalize(), charts=charts, note=note)


def _overview_charts(service: ChartedService) -> list[Chart]:
    if isinstance(service.promise, RequestPromise):
        return [
            _rate(service, service.sides),
            _errors(service, service.promise, service.sides),
            _duration(service, service.promise, service.sides),
            _budget(service, service.promise, service.sides),
        ]
    read = [chart for queue in service.reads.items() for chart in (done(*queue), delay(*queue, service.promise))]
    return read + [handed_on(*queue) for queue in service.writes.items()]


def _rate(service: ChartedService, sides: Sequence[ChartedSide]) -> Chart:
    lines: list[Line] = []
    for side in sides:
        requests = f"{side.name}_requests"
        lines += [
            hidden_line(requests, of_side("RequestCount", "Sum", service, side)),
            Line(
                identifier=f"{side.name}_rate",
                label=side.name.capitalize(),
                source=f"{requests} / PERIOD({requests})",
            ),
        ]
    return Chart(signal="rate", title="Requests", unit="a second", lines=lines)


def _errors(service: ChartedService, promise: RequestPromise, sides: Sequence[ChartedSide]) -> Chart:
    lines: list[Line] = []
    for side in sides:
        lines += _counts(service, side)
        lines.append(
            Line(
                identifier=f"{side.name}_share",
                label=side.name.capitalize(),
                source=f"100 * ({_failed(side)}) / {side.name}_requests",
            )
        )
    return Chart(signal="errors", title="Failed requests", unit="per cent", lines=lines, promise=promise.error_percent)


def _duration(service: ChartedService, promise: RequestPromise, sides: Sequence[ChartedSide]) -> Chart:
    return Chart(
        signal="duration",
        title="Time to answer",
        unit="seconds",
        lines=[
            Line(
                identifier=f"{side.name}_{statistic}",
                label=f"{side.name.capitalize()}, {share} of 100 requests",
                source=of_side("TargetResponseTime", statistic, service, side),
            )
            for side in sides
            for statistic, share in (("p99", 99), ("p50", 50))
        ],
        promise=promise.latency_seconds,
    )


def _load(service: ChartedService, side: ChartedSide) -> Chart:
    requests = hidden_line("requests", of_side("RequestCountPerTarget", "Sum", service, side))
    load = Line(identifier="load", label="Requests for each target", source="requests / PERIOD(requests)")
    return Chart(signal="saturation", title="Load of a target", unit="a second", lines=[requests, load])


def _targets(service: ChartedService, side: ChartedSide) -> Chart:
    return Chart(
        signal="saturation",
        title="Targets",
        unit="count",
        lines=[
            Line(identifier="healthy", label="Healthy", source=of_side("HealthyHostCount", "Minimum", service, side)),
            Line(
                identifier="unhealthy",
                label="Unhealthy",
                source=of_side("UnHealthyHostCount", "Maximum", service, side),
            ),
        ],
    )


def _budget(service: ChartedService, promise: RequestPromise, sides: Sequence[ChartedSide]) -> Chart:
    """What is left of what may go wrong in 30 days. The chart's last point is the one that counts."""
    lines: list[Line] = []
    for side in sides:
        lines += _counts(service, side)
        spent = f"RUNNING_SUM({_failed(side)}) / RUNNING_SUM({side.name}_requests)"
        lines.append(
            Line(
                identifier=f"{side.name}_left",
                label=side.name.capitalize(),
                source=f"100 - 100 * 100 * {spent} / {promise.error_percent:g}",
            )
        )
    return Chart(
        signal="budget",
        title=f"Error budget left, of {promise.error_percent:g} % in {BUDGET_DAYS} days",
        unit="per cent",
        lines=lines,
        promise=0,
        period_seconds=BUDGET_PERIOD_SECONDS,
        days=BUDGET_DAYS,
    )


def _processor(auto_scaling_group: pulumi.Input[str]) -> Chart:
    lines = [
        Line(
            identifier=statistic.lower(),
            label=label,
            source=Metric(
                namespace=MACHINE_METRICS,
                name="CPUUtilization",
                statistic=statistic,
                dimensions={"AutoScalingGroupName": auto_scaling_group},
                resolution_seconds=MACHINE_RESOLUTION_SECONDS,
            ),
        )
        for statistic, label in (("Average", "All machines"), ("Maximum", "Busiest machine"))
    ]
    return Chart(
        signal="saturation",
        title="Processor use",
        unit="per cent",
        lines=lines,
        period_seconds=MACHINE_RESOLUTION_SECONDS,
    )


def _counts(service: ChartedService, side: ChartedSide) -> list[Line]:
    """All requests of a side, and those that failed in each way."""
    counts = {"requests": "RequestCount", **FAILURES}
    return [
        hidden_line(f"{side.name}_{name}", of_side(metric, "Sum", service, side)) for name, metric in counts.items()
    ]


def _failed(side: ChartedSide) -> str:
    """How many requests of a side failed. Where none did, the load balancer tells nothing."""
    return " + ".join(f"FILL({side.name}_{name}, 0)" for name in FAILURES)
