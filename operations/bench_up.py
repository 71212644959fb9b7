"""`./prakerja bench up`: how long `up` takes and how much memory it needs, measured now on this machine.

Everything happens in a temporary clone with caches of its own, so that "from nothing" is true.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from operations import measurements
from operations.bench_clone import Clone, refuse_a_running_sandbox
from operations.checkout import Checkout
from operations.console import out
from operations.control_plane_watch import ControlPlaneWatch
from operations.exit_codes import OperationError
from sandbox.running import SupervisorRecord

_NO_OP_RUNS = 3

# A program that does nothing but register as many resources as the platform has.
_BARE_PROGRAM = """\
import pulumi

for number in range({count}):
    pulumi.ComponentResource("bench:index:Nothing", f"nothing-{{number}}").register_outputs({{}})
"""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured; times in seconds, memory in MB.

    control_plane: from etcd's start until the scheduler runs. kubernetes_memory: the part of `memory` that the control
    plane, the node agent and the pods take.
    """

    environment: float
    cold: float
    cold_parts: dict[str, float]
    with_tools: float
    with_tools_parts: dict[str, float]
    control_plane: float
    no_op: float
    no_op_engine: float
    bare: float
    resources: int
    memory: float
    kubernetes_memory: float
    processes: int


def measure(checkout: Checkout) -> None:
    """Measure, print, and write the section of docs/measurements.md. Raises OperationError."""
    refuse_a_running_sandbox()
    with tempfile.TemporaryDirectory(prefix="prakerja-bench-") as directory:
        figures = _Bench(checkout, Path(directory)).run()
    section = render(figures)
    measurements.write(checkout.repository / "docs" / "measurements.md", "up", section)
    out.print(section, markup=False, soft_wrap=True)


class _Bench:
    """One run, in a directory of its own."""

    def __init__(self, checkout: Checkout, directory: Path) -> None:
        self._directory = directory
        caches = {"XDG_CACHE_HOME": "cache", "UV_CACHE_DIR": "uv", "GOCACHE": "go-build", "GOMODCACHE": "go-mod"}
        variables = {name: str(directory / path) for name, path in caches.items()}
        self._clone = Clone(checkout.repository, directory, variables)

    def run(self) -> Figures:
        clone = self._clone
        try:
            environment = clone.prakerja("--help")
            cold = clone.prakerja("up")
            cold_parts = self._parts()
            memory, processes = measurements.memory(clone.supervisor())
            kubernetes_memory, _ = measurements.memory(self._kubernetes())
            no_op = min(clone.prakerja("up") for _ in range(_NO_OP_RUNS))
            resources = self._resources()
            no_op_engine = min(clone.pulumi_up() for _ in range(_NO_OP_RUNS))
            bare = self._bare(resources)
            clone.prakerja("down", "--erase")
            with ControlPlaneWatch(clone.checkout.state) as watch:
                with_tools = clone.prakerja("up")
            return Figures(
                environment=environment,
                cold=cold,
                cold_parts=cold_parts,
                with_tools=with_tools,
                with_tools_parts=self._parts(),
                control_plane=watch.seconds,
                no_op=no_op,
                no_op_engine=no_op_engine,
                bare=bare,
                resources=resources,
                memory=memory,
                kubernetes_memory=kubernetes_memory,
                processes=processes,
            )
        finally:
            clone.prakerja("down", "--erase")
            # Go makes its module cache read-only, which would keep it from being deleted.
            subprocess.run(["chmod", "-R", "u+w", self._directory], check=True)

    def _bare(self, resources: int) -> float:
        project = self._directory / "bare"
        project.mkdir()
        (project / "Pulumi.yaml").write_text("name: bare\nruntime: {name: python, options: {toolchain: uv}}\n")
        (project / "__main__.py").write_text(_BARE_PROGRAM.format(count=resources - 1))
        subprocess.run(
            ["pulumi", "stack", "select", "--create", "sandbox"],
            cwd=project,
            env=self._clone.environment(),
            check=True,
        )
        self._clone.pulumi_up(project)
        return min(self._clone.pulumi_up(project) for _ in range(_NO_OP_RUNS))

    def _parts(self) -> dict[str, float]:
        parts: dict[str, float] = json.loads((self._clone.checkout.state.run / "up.json").read_text())
        return parts

    def _kubernetes(self) -> int:
        """The process that has started all of Kubernetes: control plane, node agent, pods."""
        record = SupervisorRecord.read(self._clone.checkout.state)
        if record is None or "kubernetes" not in record.children:
            raise OperationError("nothing runs in containers")
        return record.children["kubernetes"].pid

    def _resources(self) -> int:
        return len(json.loads(self._clone.checkout.checkpoint.read_text())["checkpoint"]["latest"]["resources"])


def render(figures: Figures) -> str:
    """The section of docs/measurements.md."""
    rows = [
        ("Python environment from nothing", f"{figures.environment:.1f} s", ""),
        ("`up` from nothing, caches empty", f"{figures.cold:.1f} s", ""),
        *((f"&ensp;{name}", f"{seconds:.1f} s", "") for name, seconds in figures.cold_parts.items()),
        ("`up` with tools in place", f"{figures.with_tools:.1f} s", "90 s"),
        *((f"&ensp;{name}", f"{seconds:.1f} s", "") for name, seconds in figures.with_tools_parts.items()),
        ("&ensp;within it: the control plane", f"{figures.control_plane:.1f} s", "5 s"),
        ("`up` with nothing to do", f"{figures.no_op:.1f} s", "25 s"),
        (f"&ensp;its `pulumi up`, {figures.resources} resources", f"{figures.no_op_engine:.1f} s", ""),
        ("&ensp;a bare program with as many resources", f"{figures.bare:.1f} s", ""),
        ("&ensp;ratio of the two", f"{figures.no_op_engine / figures.bare:.2f}", "1.5"),
        (f"Memory in all, {figures.processes} processes (PSS)", f"{figures.memory:.0f} MB", "4000 MB"),
        ("&ensp;Kubernetes and the pods", f"{figures.kubernetes_memory:.0f} MB", ""),
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
