"""`./prakerja status`: what runs, for people and for machines."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from operations import engine, site, stack_file
from operations.checkout import Checkout
from operations.console import announce, err, out
from operations.exit_codes import ExitCode, OperationError
from operations.fleet import Fleet
from operations.sandbox_process import own_supervisor, restarted_children
from operations.shell_environment import variables
from operations.status_report import ServiceStatus, StatusReport, ToolStatus
from operations.trouble import troubles
from sandbox.toolchain.tools import KUBERNETES, PULUMI


def report(checkout: Checkout, *, as_json: bool) -> None:
    """Print what runs. Raises OperationError, after the report, where nothing does."""
    announce(checkout)
    status = gather(checkout)
    if as_json:
        print(status.model_dump_json(indent=2))
    else:
        _show(status)
    if not status.running:
        raise OperationError("nothing runs here; `./prakerja up` starts the sandbox", ExitCode.NOTHING_RUNNING)


def gather(checkout: Checkout) -> StatusReport:
    """What runs."""
    like = checkout.like()
    known = {
        "like": like,
        "stale": like is not None and checkout.stack_file.exists() and stack_file.is_stale(checkout, like),
        "state_dir": str(checkout.state.directory),
        "tools": _tools(checkout),
    }
    if own_supervisor(checkout) is None:
        return StatusReport.model_validate({"running": False, **known})
    outputs = engine.outputs(checkout) if checkout.checkpoint.exists() else {}
    fleet = Fleet(checkout, outputs)
    return StatusReport.model_validate(
        {
            "running": True,
            "site": site.address(checkout.state.ports()),
            "aws_endpoint": variables(checkout)["AWS_ENDPOINT_URL"],
            "kubeconfig": str(checkout.state.kubeconfig) if outputs.get("cluster") else None,
            "services": fleet.services(),
            "database": fleet.database(),
            "cache": fleet.cache(),
            "queues": fleet.queues(),
            "troubles": troubles(checkout),
            "restarted": restarted_children(checkout),
            **known,
        }
    )


def _tools(checkout: Checkout) -> dict[str, ToolStatus]:
    paths = {tool: checkout.binaries / tool.name for tool in (PULUMI, *KUBERNETES)}
    return {
        tool.name: ToolStatus(version=tool.version, path=str(path)) for tool, path in paths.items() if path.exists()
    }


def _show(status: StatusReport) -> None:
    if status.services:
        out.print(_services(status.services))
    out.print(_facts(status))
    for trouble in status.troubles:
        err.print(f"[red]trouble:[/red] {escape(trouble)}", soft_wrap=True)
    for name, how in status.restarted.items():
        err.print(f"[yellow]note:[/yellow] {name} was restarted: it {how}", soft_wrap=True)
    if status.stale:
        err.print(
            f"[yellow]note:[/yellow] Pulumi.{status.like}.yaml has changed since; `up` applies it", soft_wrap=True
        )


def _facts(status: StatusReport) -> Table:
    facts = Table(box=None, show_header=False, padding=(0, 2))
    facts.add_row("running", "yes" if status.running else "no")
    for name, part in (("database", status.database), ("cache", status.cache)):
        if part is not None:
            facts.add_row(name, "ready" if part.ready else "[red]not ready[/red]")
    for name, queue in status.queues.items():
        facts.add_row(f"queue {name}", f"{queue.waiting} waiting, {queue.in_flight} in flight, {queue.dead} given up")
    for name, value in (
        ("site", status.site),
        ("AWS endpoint", status.aws_endpoint),
        ("kubeconfig", status.kubeconfig),
        ("like", status.like),
    ):
        if value is not None:
            facts.add_row(name, value)
    facts.add_row("state", status.state_dir)
    if status.tools:
        versions = ", ".join(f"{name} {tool.version}" for name, tool in status.tools.items())
        facts.add_row("tools", f"{versions}; in {Path(next(iter(status.tools.values())).path).parent}")
    return facts


def _services(services: dict[str, ServiceStatus]) -> Table:
    zones = sorted({zone for service in services.values() if service.vms for zone in service.vms.zones})
    title = "Machines: healthy/in service, in all and by zone. Containers: ready/asked for, share of traffic"
    table = Table(box=None, padding=(0, 1), title=title, title_justify="left")
    for heading in ("service", "machines", *(zone.rpartition("-")[2] for zone in zones), "containers", "share"):
        table.add_column(heading)
    for name, service in services.items():
        vms, containers = service.vms, service.containers
        by_zone = [vms.zones.get(zone) if vms else None for zone in zones]
        table.add_row(
            name,
            _of(vms.healthy, vms.desired) if vms else "-",
            *(_of(zone.healthy, zone.desired) if zone else "-" for zone in by_zone),
            _of(containers.ready, containers.desired) if containers else "-",
            f"{service.share} %" if service.kind == "http" else "-",
        )
    return table


def _of(healthy: int, desired: int) -> str:
    text = f"{healthy}/{desired}"
    return text if healthy == desired else f"[red]{text}[/red]"
