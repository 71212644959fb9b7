"""`./prakerja doctor`: whether `up` can work here, each thing it needs with its remedy. It changes nothing."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from operations import stack_file, tools
from operations.checkout import DEFAULT_ENVIRONMENT, Checkout
from operations.console import out
from operations.exit_codes import ExitCode
from operations.sandbox_process import own_supervisor
from sandbox.running import SupervisorRecord, holder, start_time
from sandbox.state import LOOPBACK, PREFERRED_PORTS
from sandbox.toolchain.plan import Plan, ToolError, cache_directory, cost, plan
from sandbox.toolchain.tools import Tool

# Of a sandbox with production's 100 machines and its containers: its files, and its processes with PostgreSQL, the load
# balancer and a control plane (which takes 350 MB).
STATE_MEGABYTES = 500
MEMORY_MEGABYTES = 2200
# HAProxy and the cloud hold a connection or two for each machine; a machine is one process with a few threads.
OPEN_FILES = 1024
PROCESSES = 600
POSTGRESQL_PORT = 5432


class Verdict(StrEnum):
    """How one check came out."""

    OK = "OK"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check. remedy: what to do; empty where nothing is to be done."""

    subject: str
    verdict: Verdict
    says: str
    remedy: str = ""


def examine(checkout: Checkout, *, as_json: bool) -> None:
    """Print every finding. Raises SystemExit with status 1 where there is a problem."""
    findings = find(checkout)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        width = max(len(finding.subject) for finding in findings)
        for finding in findings:
            _show(finding, width)
    if any(finding.verdict is Verdict.PROBLEM for finding in findings):
        raise SystemExit(ExitCode.FAILED)


def find(checkout: Checkout) -> list[Finding]:
    """Every check, in the order in which `up` comes to need things."""
    checks: tuple[Callable[[Checkout], Iterator[Finding]], ...] = (
        _system,
        _python,
        _tools,
        _disk,
        _memory,
        _limits,
        _loopback,
        _sandbox,
        _ports,
        _settings,
    )
    return [finding for check in checks for finding in check(checkout)]


def _show(finding: Finding, width: int) -> None:
    style = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "red"}[finding.verdict]
    out.print(f"[{style}]{finding.verdict.value:8}[/{style}] {finding.subject:{width}} {finding.says}", soft_wrap=True)
    if finding.remedy:
        out.print(f"{'':{width + 10}}→ {finding.remedy}", soft_wrap=True)


def _ok(subject: str, says: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.OK, says=says)


def _warning(subject: str, says: str, remedy: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.WARNING, says=says, remedy=remedy)


def _problem(subject: str, says: str, remedy: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.PROBLEM, says=says, remedy=remedy)


def _system(_checkout: Checkout) -> Iterator[Finding]:
    name = os.uname()
    says = f"{name.sysname} {name.release} on {name.machine}"
    if name.sysname != "Linux":
        yield _problem("System", says, "the sandbox needs Linux: loopback addresses 127.x, abstract sockets, pidfd")
    elif name.machine != "x86_64":
        yield _warning("System", says, "tried on x86_64 only; a wheel may be missing for another architecture")
    else:
        yield _ok("System", says)


def _python(checkout: Checkout) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield _ok("Python", f"{version}, {sys.executable}")  # `./prakerja` refuses an older one than 3.11 before this runs
    uv = Path(sys.prefix) / "bin" / "uv"
    if uv.exists():
        yield _ok("uv", str(uv))
    else:
        again = checkout.repository / ".venv"
        yield _problem("uv", f"not in {sys.prefix}", f"remove {again} and call ./prakerja again: it makes it anew")


def _tools(checkout: Checkout) -> Iterator[Finding]:
    like = checkout.like() or DEFAULT_ENVIRONMENT
    needed = tools.needed(checkout, like if like in checkout.environments() else DEFAULT_ENVIRONMENT)
    plans: list[Plan] = []
    with ThreadPoolExecutor(len(needed)) as executor:
        for tool, found in zip(needed, executor.map(_try_to_plan, needed), strict=True):
            if isinstance(found, ToolError):
                says = str(found).partition(": install")[0]
                yield _problem(tool.name, says, f"install {tool.name} {tool.version} or Go 1.26")
            else:
                how = f"{found.source.value}: {found.path}" if found.ready else f"to get as {found.source.value}"
                yield _ok(tool.name, f"{tool.version} {how}")
                plans.append(found)
    minutes, megabytes = cost(plans)
    if megabytes:
        yield _ok("Tools", f"about {minutes:.0f} min to get those that are missing")
        yield _room("Cache", cache_directory(), megabytes)


def _try_to_plan(tool: Tool) -> Plan | ToolError:
    try:
        return plan(tool)
    except ToolError as error:
        return error


def _disk(checkout: Checkout) -> Iterator[Finding]:
    yield _room("Disk", checkout.state.directory, STATE_MEGABYTES)


def _room(subject: str, directory: Path, megabytes: int) -> Finding:
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(existing).free >> 20
    says = f"{free} MB free for {directory}, {megabytes} MB needed"
    if free < megabytes:
        return _problem(subject, says, "make room there, or move the checkout or XDG_CACHE_HOME to another disk")
    return _ok(subject, says)


def _memory(_checkout: Checkout) -> Iterator[Finding]:
    fields = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    available = next(int(kilobytes) >> 10 for name, kilobytes, *_ in fields if name == "MemAvailable:")
    says = f"{available} MB available; production's machines and containers take about {MEMORY_MEGABYTES} MB"
    if available < MEMORY_MEGABYTES:
        yield _warning("Memory", says, "end something, or use `up --like dev` (6 machines)")
    else:
        yield _ok("Memory", says)


def _limits(_checkout: Checkout) -> Iterator[Finding]:
    for subject, limit, needed, option in (
        ("Files", resource.RLIMIT_NOFILE, OPEN_FILES, "-n"),
        ("Processes", resource.RLIMIT_NPROC, PROCESSES, "-u"),
    ):
        soft, _ = resource.getrlimit(limit)
        if soft != resource.RLIM_INFINITY and soft < needed:
            yield _problem(subject, f"at most {soft}, {needed} needed", f"`ulimit {option} {needed}`")
        else:
            yield _ok(subject, "no limit" if soft == resource.RLIM_INFINITY else f"up to {soft}, {needed} needed")
    most = Path("/sys/fs/cgroup/pids.max")
    if most.exists() and most.read_text().strip().isdigit() and int(most.read_text()) < PROCESSES:
        yield _problem("Processes", f"this container may have {most.read_text().strip()}", f"allow it {PROCESSES}")


def _loopback(_checkout: Checkout) -> Iterator[Finding]:
    """Every machine and database has a loopback address of its own, at the port that it has on AWS."""
    address = "127.20.32.4"
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            yield _problem("Loopback", f"{address} can't be served at: {error}", "`ip link set lo up`")
            return
    yield _ok("Loopback", "every 127.x address can be served at")
    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if lowest > POSTGRESQL_PORT and os.geteuid() != 0:
        remedy = f"`sysctl net.ipv4.ip_unprivileged_port_start=1024` (PostgreSQL is served at {POSTGRESQL_PORT})"
        yield _problem("Loopback", f"ports below {lowest} are root's", remedy)


def _sandbox(checkout: Checkout) -> Iterator[Finding]:
    """There is one sandbox at a time on a machine, and none of its processes may have outlived it."""
    held = holder()
    if held is not None and held.directory != checkout.state.directory:
        remedy = "`./prakerja down` in that checkout: their machines would have the same addresses"
        yield _problem("Sandbox", f"another one runs: {held.directory} (pid {held.pid})", remedy)
        return
    if held is not None:
        yield _ok("Sandbox", f"runs here (pid {held.pid})")
        return
    left = _left_behind(checkout)
    if left:
        pids = ", ".join(f"{name} (pid {pid})" for name, pid in left.items())
        yield _problem("Sandbox", f"its supervisor has gone, but these run on: {pids}", "`kill` them by these pids")
    elif checkout.state.directory.exists():
        yield _ok("Sandbox", f"stopped; `up` carries on with {checkout.state.directory}")
    else:
        yield _ok("Sandbox", "not made yet; `up` makes it")


def _left_behind(checkout: Checkout) -> dict[str, int]:
    """Children of the last supervisor that are still the same processes."""
    record = SupervisorRecord.read(checkout.state)
    if record is None:
        return {}
    return {name: child.pid for name, child in record.children.items() if start_time(child.pid) == child.started}


def _ports(checkout: Checkout) -> Iterator[Finding]:
    if own_supervisor(checkout) is not None:
        return
    try:
        kept = asdict(checkout.state.ports())
    except FileNotFoundError:
        kept = {}
    wanted = kept or PREFERRED_PORTS
    taken = {name: port for name, port in wanted.items() if not _free(port)}
    if not taken:
        yield _ok("Ports", ", ".join(f"{name} {port}" for name, port in wanted.items()))
        return
    says = ", ".join(f"{name}'s {port}" for name, port in taken.items()) + " taken by another process"
    if kept:
        remedy = f"end it, or discard this sandbox's choice: `./prakerja down --erase` ({checkout.state.ports_file})"
        yield _problem("Ports", says, remedy)
    else:
        yield _warning("Ports", says, "nothing need be done: `up` takes the next free ones and says so")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _settings(checkout: Checkout) -> Iterator[Finding]:
    like = checkout.like()
    if like is None:
        yield _ok("Settings", f"there are {', '.join(checkout.environments())}; `up` takes {DEFAULT_ENVIRONMENT}'s")
    elif like not in checkout.environments():
        yield _problem(
            "Settings",
            f"this sandbox was made like {like}, and Pulumi.{like}.yaml is gone",
            "`./prakerja down --erase`",
        )
    elif not checkout.stack_file.exists() or stack_file.is_stale(checkout, like):
        yield _warning(
            "Settings",
            f"{checkout.stack_file.name} is not what Pulumi.{like}.yaml says now",
            "`./prakerja up` applies them",
        )
    else:
        yield _ok("Settings", f"those of Pulumi.{like}.yaml")
