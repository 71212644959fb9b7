"""`./prakerja bench fleet`: releases, failures and size, measured now on this machine.

Everything happens in a temporary clone of the last commit. Larger fleets are environments of their own there:
production's settings with more machines and a database that bears their connections.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from operations import engine, measurements
from operations.bench_clone import Clone, refuse_a_running_sandbox
from operations.checkout import Checkout
from operations.console import out
from operations.exit_codes import ExitCode, OperationError
from operations.load import Load, Outcome, during, seconds_of
from operations.release_sides import open_platform
from operations.rollout import Rollouts

SIZES = (100, 300, 1000)
_REQUESTS = 200_000
_PER_SECOND = 500
_PATHS = ("/", "/pendaftaran")
_PATIENCE_SECONDS = 30
_RECOVERY_SECONDS = 180.0
_LONGEST_SECONDS = 600
_HEALTH = "app/common/health.py"
_HEALTHY = '(b"ok\\n", 200)'
_STILL_HEALTHY = '(b"fine\\n", 200)'
# On machines alone, whose names begin with i-; a Deployment that never gets ready is Kubernetes' own to stop.
_UNHEALTHY = '(b"bad\\n", 500 if __import__("os").environ["PRAKERJA_SERVED_BY"].startswith("i-") else 200)'


@dataclass(frozen=True, kw_only=True)
class Size:
    """A fleet of so many machines. Seconds; MB.

    failure: what was seen where `up` did not end well; the rest is then 0.
    own_memory: a machine's, shared with no other process.
    """

    machines: int
    up: float = 0
    no_op: float = 0
    own_memory: float = 0
    memory: float = 0
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something done to the fleet under load. seconds: until all was well again."""

    name: str
    seconds: float
    outcome: Outcome | None = None


@dataclass
class Figures:
    """What was measured."""

    sizes: list[Size] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def measure(checkout: Checkout, sizes: tuple[int, ...] = SIZES) -> None:
    """Measure, print, and write the section of docs/measurements.md. Raises OperationError."""
    refuse_a_running_sandbox()
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="prakerja-bench-") as directory:
        bench = _Bench(checkout, Path(directory))
        for machines in sizes:
            with bench.fleet(machines) as size:
                figures.sizes.append(size)
                if machines == sizes[0] and not size.failure:
                    figures.events += bench.events()
    section = render(figures)
    measurements.write(checkout.repository / "docs" / "measurements.md", "fleet", section)
    out.print(section, markup=False, soft_wrap=True)


class _Bench:
    """One run, in a directory of its own."""

    def __init__(self, checkout: Checkout, directory: Path) -> None:
        self._directory = directory
        self._clone = Clone(checkout.repository, directory, {})
        self._clone.prakerja("--help")

    @contextmanager
    def fleet(self, machines: int) -> Iterator[Size]:
        """A fleet brought up and measured; erased in the end."""
        name = f"fleet{machines}"
        (self._clone.directory / f"Pulumi.{name}.yaml").write_text(settings(self._clone.directory, machines))
        try:
            yield self._size(machines, name)
        finally:
            self._clone.prakerja("down", "--erase")

    def _size(self, machines: int, name: str) -> Size:
        try:
            up = self._clone.prakerja("up", "--like", name)
            no_op = self._clone.prakerja("up")
        except (OperationError, subprocess.TimeoutExpired) as error:
            return Size(machines=machines, failure=str(error))
        return Size(
            machines=machines,
            up=up,
            no_op=no_op,
            own_memory=measurements.own_memory(self._machines().values()),
            memory=measurements.memory(self._clone.supervisor())[0],
        )

    def events(self) -> list[Event]:
        """Releases and failures, one after another."""
        events = [self._good_release(), self._bad_release()]
        self._clone.restore()
        return [*events, self._third_killed(), self._one_replaced(), self._zone_lost(), self._database_killed()]

    def _good_release(self) -> Event:
        self._clone.edit(_HEALTH, _HEALTHY, _STILL_HEALTHY)
        return self._under_load("a release", lambda: self._clone.prakerja("up"), requests=_REQUESTS)

    def _bad_release(self) -> Event:
        self._clone.edit(_HEALTH, _STILL_HEALTHY, _UNHEALTHY)

        def roll() -> None:
            self._clone.pulumi_up()
            wait = ["release", "--wait", "--patience", str(_PATIENCE_SECONDS)]
            if self._clone.run(*wait) != ExitCode.GATE_FAILED:
                raise OperationError("a release that is never healthy was not turned back")

        return self._under_load("a release that never gets healthy on machines", roll)

    def _third_killed(self) -> Event:
        def kill() -> None:
            for process in list(self._machines().values())[::3]:
                os.kill(process, signal.SIGKILL)
            self._until_healthy()

        return self._under_load("a third of the machines killed", kill)

    def _one_replaced(self) -> Event:
        """Ended through EC2, as when its host is lost: nothing restarts it in place."""
        return self._terminated("one machine lost", lambda zones: [min(zones)])

    def _zone_lost(self) -> Event:
        def of_first_zone(zones: dict[str, str]) -> list[str]:
            return [machine for machine, zone in zones.items() if zone == min(zones.values())]

        return self._terminated("a zone's machines lost", of_first_zone)

    def _terminated(self, name: str, choose: Callable[[dict[str, str]], list[str]]) -> Event:
        def terminate() -> None:
            rollouts = self._rollouts()
            rollouts.terminate(choose(rollouts.zones()))
            self._until_healthy()

        return self._under_load(name, terminate)

    def _database_killed(self) -> Event:
        def kill() -> None:
            report = json.loads((self._clone.checkout.state.run / "dataplane.json").read_text())
            for database in report["databases"].values():
                os.kill(database["pid"], signal.SIGKILL)
            self._until_healthy()

        return self._under_load("the database killed", kill)

    def _under_load(self, name: str, action: Callable[[], object], requests: int = 0) -> Event:
        """Do something under load: of so many requests, or for as long as it takes."""
        seconds = seconds_of(requests, _PER_SECOND) if requests else _LONGEST_SECONDS
        load = Load(
            self._clone.site,
            _PATHS,
            per_second=_PER_SECOND,
            seconds=seconds,
            results=self._directory / f"{len(name)}.results",
        )
        took = 0.0

        def act() -> None:
            nonlocal took
            began = time.monotonic()
            action()
            took = time.monotonic() - began
            if not requests:
                load.end()

        return Event(name=name, outcome=during(load, act), seconds=took)

    def _until_healthy(self) -> None:
        rollouts = self._rollouts()
        deadline = time.monotonic() + _RECOVERY_SECONDS
        time.sleep(1)  # what was killed is not noticed sooner
        while not all(rollouts.read(name).complete for name in rollouts.services) or not self._processes_run():
            if time.monotonic() > deadline:
                raise OperationError(f"not all machines are healthy after {_RECOVERY_SECONDS:.0f} s")
            time.sleep(0.5)

    def _processes_run(self) -> bool:
        return all(Path(f"/proc/{process}").exists() for process in self._machines().values())

    def _rollouts(self) -> Rollouts:
        return open_platform(self._clone.checkout, engine.outputs(self._clone.checkout)).machines

    def _machines(self) -> dict[str, int]:
        """The processes of the services' machines, by instance."""
        report = json.loads((self._clone.checkout.state.run / "dataplane.json").read_text())
        return {name: machine["pid"] for name, machine in report["instances"].items() if machine["pid"]}


def settings(repository: Path, machines: int) -> str:
    """Production's settings for another number of machines, with a database that bears their connections."""
    text = (repository / "Pulumi.prod.yaml").read_text()
    portal = machines * 2 // 5
    replacements = {
        "portal: {vms: 40,": f"portal: {{vms: {portal},",
        "registration: {vms: 60,": f"registration: {{vms: {machines - portal},",
    }
    if machines > 100:
        replacements |= {
            "instance_class: db.m6g.2xlarge": "instance_class: db.m6g.16xlarge",
            "max_connections: 1000": "max_connections: 5000",
        }
    for old, new in replacements.items():
        if old not in text:
            raise OperationError(f"Pulumi.prod.yaml has no {old!r}")
        text = text.replace(old, new)
    return text


def render(figures: Figures) -> str:
    """The section of docs/measurements.md."""
    first = figures.sizes[0]
    measured = (
        f"Measured by `./prakerja bench fleet` on {datetime.now(UTC):%Y-%m-%d}, on {measurements.machine()}, with "
        f"production's settings. The load is {_PER_SECOND} requests a second on {' and '.join(_PATHS)}, made on "
        "the same machine and kept up whatever becomes of them."
    )
    explained = (
        f"A release that never gets healthy is given up after {_PATIENCE_SECONDS} s without a new healthy machine; its "
        "machines never get a request, and all that served before go on serving. A killed machine answers nothing "
        "until systemd has restarted its service or, at the latest, until two health checks have failed (20 s): a "
        "request that is sent to it meanwhile fails once, for the load balancer repeats none."
    )
    return "\n".join(
        [
            "## The fleet",
            "",
            measured,
            "",
            f"### Releases and failures, {first.machines} machines",
            "",
            "| what | all well again after | requests | failed | share | median | 99 % | longest |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
            *(_event(event) for event in figures.events),
            "",
            explained,
            "",
            "### Size",
            "",
            "| machines | `up` | against the first | `up` with nothing to do | a machine's own memory | all (PSS) |",
            "|---:|---:|---:|---:|---:|---:|",
            *(_size(size, first) for size in figures.sizes),
        ]
    )


def _event(event: Event) -> str:
    found = event.outcome
    if found is None:
        return f"| {event.name} | {event.seconds:.0f} s | | | | | | |"
    return (
        f"| {event.name} | {event.seconds:.0f} s | {found.requests:,} | {found.failed:,} | {found.failed_share:.2%} | "
        f"{found.median:.1f} ms | {found.at_99_per_cent:.0f} ms | {found.longest:.0f} ms |"
    )


def _size(size: Size, first: Size) -> str:
    if size.failure:
        return f"| {size.machines} | {size.failure} | | | | |"
    ratio = f"{size.up / first.up:.1f}" if first.up else ""
    return (
        f"| {size.machines} | {size.up:.0f} s | {ratio} | {size.no_op:.0f} s | "
        f"{size.own_memory:.1f} MB | {size.memory:,.0f} MB |"
    )
