"""`./prakerja bench preview`: how long a preview takes, measured now on this machine with production's settings.

In a temporary clone of the last commit, with one service made larger: once with the policies, and once without.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from operations import measurements
from operations.bench_clone import Clone
from operations.checkout import Checkout
from operations.console import out
from operations.exit_codes import OperationError
from operations.preview.base_platform import CHANGE
from operations.preview.command import preview
from operations.preview.engine import POLICIES

_LIKE = "prod"
_CHANGED = ("Pulumi.prod.yaml", "registration: {vms: 60,", "registration: {vms: 66,")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Seconds: of a whole preview, of each of its parts, and of the change's part without policies.

    resources: how many the base has.
    """

    whole: float
    parts: dict[str, float]
    without_policies: float
    resources: int

    @property
    def policies(self) -> float:
        """What the policies take of the whole, in per cent."""
        return max(0.0, 100 * (self.parts[CHANGE] - self.without_policies) / self.whole)


def measure(checkout: Checkout) -> None:
    """Measure, print, and write the section of docs/measurements.md. Raises OperationError."""
    with tempfile.TemporaryDirectory(prefix="prakerja-bench-") as directory:
        clone = Clone(checkout.repository, Path(directory), {})
        clone.edit(*_CHANGED)
        preview(clone.checkout, _LIKE, "HEAD")  # what is compiled or built once is there from now on
        found = preview(clone.checkout, _LIKE, "HEAD")
        shutil.rmtree(clone.directory / POLICIES)
        without = preview(clone.checkout, _LIKE, "HEAD")
    report = found.report
    if errors := [*report.errors, *without.report.errors]:
        raise OperationError("\n".join(["a preview failed, and its time means nothing:", *errors]))
    figures = Figures(
        whole=sum(found.seconds.values()),
        parts=found.seconds,
        without_policies=without.seconds[CHANGE],
        resources=report.unchanged + report.counts["update"] + report.counts["replace"] + report.counts["delete"],
    )
    section = render(figures)
    measurements.write(checkout.repository / "docs" / "measurements.md", "preview", section)
    out.print(section, markup=False, soft_wrap=True)


def render(figures: Figures) -> str:
    """The section of docs/measurements.md."""
    rows = [
        (f"A preview, {figures.resources} resources", f"{figures.whole:.1f} s", "60 s"),
        *((f"&ensp;{name}", f"{seconds:.1f} s", "") for name, seconds in figures.parts.items()),
        (f"{CHANGE}, without policies", f"{figures.without_policies:.1f} s", ""),
        ("&ensp;the policies' part of the whole", f"{figures.policies:.0f} %", "10 %"),
    ]
    lines = [f"| {what} | {figure} | {aim} |" for what, figure, aim in rows]
    measured = (
        f"Measured by `./prakerja bench preview` on {datetime.now(UTC):%Y-%m-%d}, on {measurements.machine()}, with "
        "production's settings: the base is brought up and the change previewed. Tools and caches were there."
    )
    heading = ["## `./prakerja preview`", "", measured, "", "| what | measured | aim |", "|---|---:|---:|"]
    return "\n".join([*heading, *lines])
