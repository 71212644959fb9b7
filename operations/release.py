"""`./prakerja release`: which release runs where, how a rollout ends, and the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.table import Table

from operations import engine
from operations.checkout import Checkout
from operations.console import announce, err, out
from operations.exit_codes import ExitCode, OperationError
from operations.pod_rollouts import PodRollout
from operations.release_report import (
    ContainersReleases,
    MachinesReleases,
    RefreshReport,
    ReleaseReport,
    RunningRelease,
    ServiceReleases,
)
from operations.release_sides import Platform, open_platform, way_back
from operations.release_watch import Watch, follow, still_named
from operations.rollout import Rollout
from operations.sandbox_process import only_one, own_supervisor
from operations.timeline import Timeline


def report(checkout: Checkout, *, as_json: bool) -> None:
    """Print which release runs where. Raises OperationError where nothing runs."""
    announce(checkout)
    found = gather(_open(checkout))
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        out.print(_table(found))


def wait(checkout: Checkout, patience: float | None) -> None:
    """Wait until no rollout is under way; turn back what fails. Raises OperationError, GATE_FAILED where one did.

    patience: seconds in which new machines and pods must become healthy; by default what their groups and Deployments
    allow.
    """
    announce(checkout)
    with only_one(checkout):
        platform = _open(checkout)
        with Timeline(err) as timeline, timeline.part("Release") as part:
            follow(platform.sides, platform.program, part.tell, patience)
    out.print(_table(gather(platform)))


def roll_back(checkout: Checkout, service: str | None, patience: float | None) -> None:
    """Take one service, or all, back to the release before, on machines and in containers.

    Raises OperationError where that fails; where a service has nothing to go back to, before anything is changed.
    """
    announce(checkout)
    with only_one(checkout):
        platform = _open(checkout)
        sides = platform.sides
        lead = {name: side for side in reversed(sides) for name in side.services}
        if service is not None and service not in lead:
            raise OperationError(f"there is no service {service}; there are {', '.join(lead)}", ExitCode.WRONG_USE)
        chosen = [service] if service else list(lead)
        ways = [way_back(sides, name, lead[name]) for name in chosen]
        with Timeline(err) as timeline, timeline.part("Rollback") as part:
            for way in ways:
                way.take()
            failed = Watch(sides, part.tell, patience, chosen).until_settled()
    if failed:
        reasons = "; ".join(f"{name}: {why.reason}" for name, why in failed.items())
        raise OperationError(f"not all went back: {reasons}. `./prakerja release` says what runs where")
    out.print(_table(gather(platform)))
    for one in (said for way in ways for said in way.stays):
        err.print(f"[yellow]note:[/yellow] {one}", soft_wrap=True)
    err.print(still_named(platform.program), soft_wrap=True)


def gather(platform: Platform) -> ReleaseReport:
    """Which release runs where."""
    names = dict.fromkeys(name for side in platform.sides for name in side.services)
    machines, containers = platform.machines, platform.containers
    return ReleaseReport(
        program=platform.program,
        services={
            name: ServiceReleases(
                machines=_machines(platform, machines.read(name)) if name in machines.services else None,
                containers=_containers(platform, containers.read(name)) if name in containers.services else None,
            )
            for name in names
        },
    )


def _open(checkout: Checkout) -> Platform:
    if own_supervisor(checkout) is None:
        raise OperationError("nothing runs here; `./prakerja up` starts the sandbox", ExitCode.NOTHING_RUNNING)
    return open_platform(checkout, engine.outputs(checkout))


def _machines(platform: Platform, rollout: Rollout) -> MachinesReleases:
    release = {
        version: platform.machines.release(rollout.template, version)
        for version in {rollout.wanted, *(machine.version for machine in rollout.machines)}
    }
    return MachinesReleases(
        desired=release[rollout.wanted],
        running=_running((release[machine.version], machine.healthy) for machine in rollout.machines),
        instances={machine.identifier: release[machine.version] for machine in rollout.machines},
        refresh=_refresh(rollout),
    )


def _containers(platform: Platform, rollout: PodRollout) -> ContainersReleases:
    pods = platform.containers.pods(rollout)
    release = {image: platform.containers.release(image) for image in {rollout.image, *(pod.image for pod in pods)}}
    return ContainersReleases(
        desired=release[rollout.image],
        image=rollout.image,
        running=_running((release[pod.image], pod.ready) for pod in pods),
        pods={pod.name: release[pod.image] for pod in pods},
        under_way=rollout.under_way,
        reason=rollout.failure,
    )


def _running(found: Iterable[tuple[str, bool]]) -> dict[str, RunningRelease]:
    """By release, from each machine's or pod's release and whether it serves."""
    counted = Counter(found)
    releases = dict.fromkeys(release for (release, _), _ in counted.most_common())
    return {
        release: RunningRelease(number=counted[release, True] + counted[release, False], healthy=counted[release, True])
        for release in releases
    }


def _refresh(rollout: Rollout) -> RefreshReport | None:
    refresh = rollout.refresh
    if refresh is None:
        return None
    return RefreshReport(
        status=refresh["Status"], percentage=refresh.get("PercentageComplete", 0), reason=refresh.get("StatusReason")
    )


def _table(found: ReleaseReport) -> Table:
    table = Table(box=None, padding=(0, 1), title=f"Release of the program: {found.program}", title_justify="left")
    for heading in ("service", "on", "to run", "runs: healthy/all", "rollout"):
        table.add_column(heading)
    for name, service in found.services.items():
        if service.machines is not None:
            refresh = service.machines.refresh
            how = "-" if refresh is None else f"{refresh.status} {refresh.percentage} %"
            table.add_row(name, "machines", service.machines.desired, _counts(service.machines.running), how)
        if service.containers is not None:
            pods = service.containers
            how = pods.reason or ("under way" if pods.under_way else "complete")
            table.add_row(name, "containers", pods.desired, _counts(pods.running), how)
    return table


def _counts(running: dict[str, RunningRelease]) -> str:
    return ", ".join(f"{release} {one.healthy}/{one.number}" for release, one in running.items()) or "-"
