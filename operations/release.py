"""`./prakerja release`: which release runs where, how a rollout ends, and the way back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rich.table import Table

from operations import engine
from operations.checkout import Checkout
from operations.console import announce, err, out
from operations.exit_codes import ExitCode, OperationError
from operations.release_report import RefreshReport, ReleaseReport, RunningRelease, ServiceReleases
from operations.rollout import RELEASE_DIGITS, Rollout, Rollouts
from operations.sandbox_process import only_one, own_supervisor
from operations.timeline import Timeline

_POLL_SECONDS = 1.0


def report(checkout: Checkout, *, as_json: bool) -> None:
    """Print which release runs where. Raises OperationError where nothing runs."""
    announce(checkout)
    rollouts, program = _open(checkout)
    found = _gather(rollouts, program)
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        out.print(_table(found))


def wait(checkout: Checkout, patience: float | None) -> None:
    """Wait until no rollout is under way; turn back what fails. Raises OperationError, GATE_FAILED where one did.

    patience: seconds in which new machines must become healthy; by default their group's own grace period.
    """
    announce(checkout)
    with only_one(checkout):
        rollouts, program = _open(checkout)
        with Timeline(err) as timeline, timeline.part("Release") as part:
            follow(rollouts, program, part.tell, patience)
    out.print(_table(_gather(rollouts, program)))


def roll_back(checkout: Checkout, service: str | None, patience: float | None) -> None:
    """Take one service, or all, back to the release before. Raises OperationError where that fails."""
    announce(checkout)
    with only_one(checkout):
        rollouts, program = _open(checkout)
        chosen = [service] if service else rollouts.services
        if unknown := set(chosen) - set(rollouts.services):
            known = ", ".join(rollouts.services)
            raise OperationError(
                f"there is no service {', '.join(unknown)} on machines; there are {known}", ExitCode.WRONG_USE
            )
        begun = {name: rollouts.read(name) for name in chosen}
        targets = {name: rollouts.previous(rollout) for name, rollout in begun.items()}
        with Timeline(err) as timeline, timeline.part("Rollback") as part:
            for name, rollout in begun.items():
                rollouts.go_back(rollout, targets[name])
            failed = _Watch(rollouts, part.tell, patience, chosen).until_settled()
    if failed:
        raise OperationError("; ".join(f"{name}: {why.reason}" for name, why in failed.items()))
    found = _gather(rollouts, program)
    out.print(_table(found))
    err.print(_still_named(program), soft_wrap=True)


def follow(rollouts: Rollouts, program: str, tell: Callable[[str], None], patience: float | None = None) -> None:
    """See every rollout to its end; the way back is taken where new machines don't become healthy in time.

    Raises OperationError: GATE_FAILED where what the program's last update made does not run in the end.
    """
    watch = _Watch(rollouts, tell, patience, rollouts.services)
    failed = watch.until_settled()
    if failed:
        for name, why in failed.items():
            tell(f"{name} goes back")
            rollout = rollouts.read(name)
            rollouts.go_back(rollout, why.version)
        _Watch(rollouts, tell, patience, list(failed)).until_settled()
        reasons = "; ".join(f"{name}: {why.reason}" for name, why in failed.items())
        raise OperationError(f"rolled back: {reasons}. {_still_named(program)}", ExitCode.GATE_FAILED)
    current = [rollouts.read(name) for name in rollouts.services]
    behind = [rollout.service for rollout in current if rollout.saved != rollouts.latest(rollout.template)]
    if behind:
        raise OperationError(f"{', '.join(behind)}: rolled back before. {_still_named(program)}", ExitCode.GATE_FAILED)


def open_rollouts(checkout: Checkout) -> tuple[Rollouts, str]:
    """The rollouts of the stack's services on machines, and the release that the program's last update deployed.

    A Deployment's rollout is Kubernetes' own: `kubectl rollout status` and `undo`.
    """
    outputs = engine.outputs(checkout)
    on_machines = {name: service for name, service in outputs.get("services", {}).items() if service["vms"]}
    return Rollouts(checkout, on_machines), outputs["artefact"]["sha256"][:RELEASE_DIGITS]


@dataclass(frozen=True)
class _Failure:
    """Why a rollout is given up, and the version to go back to."""

    reason: str
    version: str


class _Watch:
    """Watches rollouts until each has ended, or is to be given up."""

    def __init__(
        self, rollouts: Rollouts, tell: Callable[[str], None], patience: float | None, services: list[str]
    ) -> None:
        self._rollouts = rollouts
        self._tell = tell
        self._patience = patience
        self._open = list(services)
        self._seen_under_way: set[str] = set()
        self._updated: dict[str, int] = {}
        self._since: dict[str, float] = {}
        self._failed: dict[str, _Failure] = {}

    def until_settled(self) -> dict[str, _Failure]:
        """Wait; returns the rollouts that have failed, by service."""
        while True:
            current = [self._rollouts.read(name) for name in self._open]
            self._tell(" · ".join(_progress(rollout) for rollout in current))
            self._open = [rollout.service for rollout in current if self._goes_on(rollout)]
            if not self._open:
                return self._failed
            time.sleep(_POLL_SECONDS)

    def _goes_on(self, rollout: Rollout) -> bool:
        name = rollout.service
        if not rollout.under_way:
            if name in self._seen_under_way and rollout.refresh and rollout.refresh["Status"] != "Successful":
                self._give_up(rollout, f"its refresh ended {rollout.refresh['Status']}")
            return False
        self._seen_under_way.add(name)
        now = time.monotonic()
        if rollout.updated > self._updated.get(name, -1) or not rollout.awaited:
            self._updated[name], self._since[name] = rollout.updated, now
        patience = rollout.grace_seconds if self._patience is None else self._patience
        if now - self._since[name] <= patience:
            return True
        self._give_up(rollout, f"new machines did not become healthy within {patience:.0f} s")
        return False

    def _give_up(self, rollout: Rollout, reason: str) -> None:
        self._failed[rollout.service] = _Failure(reason, self._rollouts.previous(rollout))


def _open(checkout: Checkout) -> tuple[Rollouts, str]:
    if own_supervisor(checkout) is None:
        raise OperationError("nothing runs here; `./prakerja up` starts the sandbox", ExitCode.NOTHING_RUNNING)
    return open_rollouts(checkout)


def _still_named(program: str) -> str:
    return f"The program still names release {program}: revert or mend it, for `pulumi up` would roll it out again"


def _progress(rollout: Rollout) -> str:
    status = rollout.refresh["Status"] if rollout.refresh else "no refresh"
    return f"{rollout.service} {status}, {rollout.updated}/{rollout.desired}"


def _gather(rollouts: Rollouts, program: str) -> ReleaseReport:
    return ReleaseReport(
        program=program, services={name: _service(rollouts, rollouts.read(name)) for name in rollouts.services}
    )


def _service(rollouts: Rollouts, rollout: Rollout) -> ServiceReleases:
    release = {
        version: rollouts.release(rollout.template, version)
        for version in {rollout.wanted, *(machine.version for machine in rollout.machines)}
    }
    machines = Counter(release[machine.version] for machine in rollout.machines)
    healthy = Counter(release[machine.version] for machine in rollout.machines if machine.healthy)
    return ServiceReleases(
        desired=release[rollout.wanted],
        running={
            name: RunningRelease(machines=number, healthy=healthy[name]) for name, number in machines.most_common()
        },
        instances={machine.identifier: release[machine.version] for machine in rollout.machines},
        refresh=_refresh(rollout),
    )


def _refresh(rollout: Rollout) -> RefreshReport | None:
    refresh = rollout.refresh
    if refresh is None:
        return None
    return RefreshReport(
        status=refresh["Status"], percentage=refresh.get("PercentageComplete", 0), reason=refresh.get("StatusReason")
    )


def _table(found: ReleaseReport) -> Table:
    table = Table(box=None, padding=(0, 1), title=f"Release of the program: {found.program}", title_justify="left")
    for heading in ("service", "to run", "runs: healthy/machines", "refresh"):
        table.add_column(heading)
    for name, service in found.services.items():
        runs = ", ".join(f"{release} {one.healthy}/{one.machines}" for release, one in service.running.items())
        refresh = service.refresh
        how = "-" if refresh is None else f"{refresh.status} {refresh.percentage} %"
        table.add_row(name, service.desired, runs, how)
    return table
