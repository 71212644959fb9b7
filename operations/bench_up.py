"""`./prakerja bench up`: how long `up` takes and how much memory it needs, measured now on this machine.

Everything happens in a temporary clone with caches of its own, so that "from nothing" is true.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from operations import measurements
from operations.checkout import Checkout
from operations.console import err, out
from operations.exit_codes import ExitCode, OperationError
from operations.shell_environment import applied_to
from sandbox.running import holder
from sandbox.state import SandboxState

_NO_OP_RUNS = 3

# A program that does nothing but register as many resources as the platform has.
_BARE_PROGRAM = """\
import pulumi

for number in range({count}):
    pulumi.ComponentResource("bench:index:Nothing", f"nothing-{{number}}").register_outputs({{}})
"""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured; times in seconds, memory in MB."""

    environment: float
    cold: float
    cold_parts: dict[str, float]
    with_tools: float
    with_tools_parts: dict[str, float]
    no_op: float
    no_op_engine: float
    bare: float
    resources: int
    memory: float
    processes: int


def measure(checkout: Checkout) -> None:
    """Measure, print, and write the section of docs/measurements.md. Raises OperationError."""
    held = holder()
    if held is not None:
        raise OperationError(f"a sandbox runs: {held.directory}; `down` it first", ExitCode.REFUSED)
    with tempfile.TemporaryDirectory(prefix="prakerja-bench-") as directory:
        figures = _Bench(checkout, Path(directory)).run()
    section = render(figures)
    measurements.write(checkout.repository / "docs" / "measurements.md", "up", section)
    out.print(section, markup=False, soft_wrap=True)


class _Bench:
    """One run, in a directory of its own."""

    def __init__(self, checkout: Checkout, directory: Path) -> None:
        self._directory = directory
        self._clone = directory / "checkout"
        subprocess.run(["git", "clone", "--quiet", checkout.repository, self._clone], check=True)
        caches = {"XDG_CACHE_HOME": "cache", "UV_CACHE_DIR": "uv", "GOCACHE": "go-build", "GOMODCACHE": "go-mod"}
        self._environment = {**os.environ, **{name: str(directory / path) for name, path in caches.items()}}
        self._environment.pop("PRAKERJA_SANDBOX_DIR", None)
        self._checkout = Checkout(repository=self._clone, state=SandboxState(self._clone / ".sandbox"))

    def run(self) -> Figures:
        try:
            environment = self._timed("--help")
            cold = self._timed("up")
            cold_parts = self._parts()
            memory, processes = measurements.memory(self._supervisor())
            no_op = min(self._timed("up") for _ in range(_NO_OP_RUNS))
            resources = self._resources()
            no_op_engine = min(self._engine(self._clone) for _ in range(_NO_OP_RUNS))
            bare = self._bare(resources)
            self._timed("down", "--erase")
            with_tools = self._timed("up")
            return Figures(
                environment=environment,
                cold=cold,
                cold_parts=cold_parts,
                with_tools=with_tools,
                with_tools_parts=self._parts(),
                no_op=no_op,
                no_op_engine=no_op_engine,
                bare=bare,
                resources=resources,
                memory=memory,
                processes=processes,
            )
        finally:
            self._timed("down", "--erase")
            # Go makes its module cache read-only, which would keep it from being deleted.
            subprocess.run(["chmod", "-R", "u+w", self._directory], check=True)

    def _timed(self, *arguments: str) -> float:
        err.print(f"$ ./prakerja {' '.join(arguments)}", style="dim")
        began = time.monotonic()
        subprocess.run([self._clone / "prakerja", *arguments], env=self._environment, check=True, stdout=2)
        return time.monotonic() - began

    def _engine(self, project: Path) -> float:
        """One `pulumi up` that has nothing to do, without what `./prakerja up` does around it."""
        began = time.monotonic()
        subprocess.run(
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
            cwd=project,
            env=applied_to(self._environment, self._checkout),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.monotonic() - began

    def _bare(self, resources: int) -> float:
        project = self._directory / "bare"
        project.mkdir()
        (project / "Pulumi.yaml").write_text("name: bare\nruntime: {name: python, options: {toolchain: uv}}\n")
        (project / "__main__.py").write_text(_BARE_PROGRAM.format(count=resources - 1))
        subprocess.run(
            ["pulumi", "stack", "select", "--create", "sandbox"],
            cwd=project,
            env=applied_to(self._environment, self._checkout),
            check=True,
        )
        self._engine(project)
        return min(self._engine(project) for _ in range(_NO_OP_RUNS))

    def _parts(self) -> dict[str, float]:
        parts: dict[str, float] = json.loads((self._checkout.state.run / "up.json").read_text())
        return parts

    def _supervisor(self) -> int:
        supervisor = holder()
        if supervisor is None:
            raise OperationError("the sandbox has ended while it was measured")
        return supervisor.pid

    def _resources(self) -> int:
        return len(json.loads(self._checkout.checkpoint.read_text())["checkpoint"]["latest"]["resources"])


def render(figures: Figures) -> str:
    """The section of docs/measurements.md."""
    rows = [
        ("Python environment from nothing", f"{figures.environment:.1f} s", ""),
        ("`up` from nothing, caches empty", f"{figures.cold:.1f} s", ""),
        *((f"&ensp;{name}", f"{seconds:.1f} s", "") for name, seconds in figures.cold_parts.items()),
        ("`up` with tools in place", f"{figures.with_tools:.1f} s", "60 s"),
        *((f"&ensp;{name}", f"{seconds:.1f} s", "") for name, seconds in figures.with_tools_parts.items()),
        ("`up` with nothing to do", f"{figures.no_op:.1f} s", "15 s"),
        (f"&ensp;its `pulumi up`, {figures.resources} resources", f"{figures.no_op_engine:.1f} s", ""),
        ("&ensp;a bare program with as many resources", f"{figures.bare:.1f} s", ""),
        ("&ensp;ratio of the two", f"{figures.no_op_engine / figures.bare:.2f}", "1.5"),
        (f"Memory with all machines, {figures.processes} processes (PSS)", f"{figures.memory:.0f} MB", "3000 MB"),
    ]
    lines = [f"| {what} | {figure} | {aim} |" for what, figure, aim in rows]
    measured = (
        f"Measured by `./prakerja bench up` on {datetime.now(UTC):%Y-%m-%d}, on {measurements.machine()}, "
        f"with production's settings. Repeated figures are the least of {_NO_OP_RUNS}."
    )
    return "\n".join(
        [
            "## `./prakerja up`",
            "",
            measured,
            "",
            "| what | measured | aim |",
            "|---|---:|---:|",
            *lines,
        ]
    )
