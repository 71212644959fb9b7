"""`./prakerja weight`: the share of one service's traffic that goes to its containers.

The ungated primitive: it looks at health once, before, and never again.
"""

from __future__ import annotations

import difflib
from typing import Literal

from pydantic import Field

from operations import engine
from operations.aws_apis import sandbox_apis
from operations.checkout import Checkout
from operations.console import announce, out
from operations.exit_codes import ExitCode, OperationError
from operations.sandbox_process import own_supervisor
from operations.status_report import ReportModel
from operations.traffic import WHOLE_SHARE, ServiceTraffic, Side, Traffic


class SideReport(ReportModel):
    """One side of the service."""

    target_group_arn: str
    targets: int = Field(ge=0)
    healthy: int = Field(ge=0, description="Targets that the load balancer finds healthy.")


class WeightReport(ReportModel):
    """What `./prakerja weight --json` prints. Shares are per cent of the service's traffic that goes to containers."""

    schema_version: Literal[1] = 1
    service: str
    before: int = Field(ge=0, le=100)
    after: int = Field(ge=0, le=100)
    changed: bool
    rule_arn: str
    vms: SideReport
    containers: SideReport


def set_weight(checkout: Checkout, service: str, share: int, *, as_json: bool) -> None:
    """Set a service's share and say what it was. Raises OperationError, REFUSED where a side could not bear it."""
    announce(checkout)
    if own_supervisor(checkout) is None:
        raise OperationError("nothing runs here; `./prakerja up` starts the sandbox", ExitCode.NOTHING_RUNNING)
    outputs = engine.outputs(checkout)
    known_service(service, list(outputs.get("services", {})))
    traffic = Traffic(sandbox_apis(checkout), outputs)
    before = traffic.read(service)
    check_bearable(before, share)
    after = before if before.share == share else traffic.move(before, share)
    report = _report(before, after)
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        _show(report)


def known_service(service: str, known: list[str]) -> None:
    """Raise OperationError, WRONG_USE, where there is no such service; it names the nearest."""
    if service not in known:
        nearest = difflib.get_close_matches(service, known, n=1)
        meant = f"; did you mean {nearest[0]}?" if nearest else ""
        raise OperationError(f"there is no service {service}; there are {', '.join(known)}{meant}", ExitCode.WRONG_USE)


def check_bearable(traffic: ServiceTraffic, share: int) -> None:
    """Raise OperationError, REFUSED, where a side that would get traffic has no healthy target."""
    unable = [side for side in traffic.receiving(share) if side.healthy == 0]
    if unable:
        raise OperationError(
            f"{traffic.service} stays at {traffic.share} %: "
            + "; ".join(f"at {share} % its {side.name} would get traffic, and {_why(side)}" for side in unable),
            ExitCode.REFUSED,
        )


def _why(side: Side) -> str:
    group = side.target_group.rpartition(":targetgroup/")[2]
    if side.targets == 0:
        return f"target group {group} has no target"
    states = ", ".join(f"{number} {state}" for state, number in side.unhealthy.items())
    return f"none of the {side.targets} targets of target group {group} is healthy ({states})"


def _report(before: ServiceTraffic, after: ServiceTraffic) -> WeightReport:
    return WeightReport(
        service=before.service,
        before=before.share,
        after=after.share,
        changed=before.share != after.share,
        rule_arn=after.rule,
        vms=_side(after.vms),
        containers=_side(after.containers),
    )


def _side(side: Side) -> SideReport:
    return SideReport(target_group_arn=side.target_group, targets=side.targets, healthy=side.healthy)


def _show(report: WeightReport) -> None:
    moved = f"{report.before} % → {report.after} %" if report.changed else f"{report.after} %, as before"
    out.print(f"{report.service}: {moved} of the traffic goes to containers", soft_wrap=True)
    for name, side, share in (
        ("machines", report.vms, WHOLE_SHARE - report.after),
        ("containers", report.containers, report.after),
    ):
        out.print(f"  {name}: {share} %, {side.healthy} of {side.targets} targets healthy", soft_wrap=True)
