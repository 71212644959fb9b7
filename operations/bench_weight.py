"""`./prakerja bench weight`: shares of traffic under load, measured now on this machine.

Everything happens in a temporary clone of the last commit, with production's settings. The load is on one service all
the while; each share is set while it goes on, and each answer says who served it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from operations import measurements
from operations.bench_clone import Clone, refuse_a_running_sandbox
from operations.checkout import Checkout
from operations.console import out
from operations.load import Answer, Load

SHARES = (50, 5, 100, 0)
_SERVICE, _PATHS = "portal", ("/",)
_PER_SECOND = 300
_SECONDS = 40
_BEFORE_SECONDS = 5
# Answers from then on are counted: `weight` has ended, and the balancer has heard of it.
_SETTLED = timedelta(seconds=2)
_MACHINE = "i-"  # EC2's names of instances begin so, and no pod's does


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A share that was set under load.

    took: seconds that `weight` took. counted, by_containers: of the answers given once it had ended, all and those by
    a pod. requests, failed: of the whole load, from before the share was set.
    """

    asked: int
    took: float
    counted: int
    by_containers: int
    requests: int
    failed: int

    @property
    def share(self) -> float:
        """Per cent that containers served."""
        return 100 * self.by_containers / max(1, self.counted)


def measure(checkout: Checkout) -> None:
    """Measure, print, and write the section of docs/measurements.md. Raises OperationError."""
    refuse_a_running_sandbox()
    with tempfile.TemporaryDirectory(prefix="prakerja-bench-") as directory:
        clone = Clone(checkout.repository, Path(directory), {})
        try:
            clone.prakerja("up")
            moved = [_move(clone, share, Path(directory)) for share in SHARES]
        finally:
            clone.prakerja("down", "--erase")
    section = render(moved)
    measurements.write(checkout.repository / "docs" / "measurements.md", "weight", section)
    out.print(section, markup=False, soft_wrap=True)


def _move(clone: Clone, share: int, directory: Path) -> Moved:
    load = Load(clone.site, _PATHS, per_second=_PER_SECOND, seconds=_SECONDS, results=directory / f"{share}.results")
    try:
        time.sleep(_BEFORE_SECONDS)
        took = clone.prakerja("weight", _SERVICE, str(share))
        ended = datetime.now(UTC)
    except BaseException:
        load.end()
        raise
    load.wait()
    return count(load.answers(), share, took, ended)


def count(answers: Sequence[Answer], asked: int, took: float, ended: datetime) -> Moved:
    """What became of a load during which a share was set; `ended` is when it was."""
    settled = [answer for answer in answers if answer.well and answer.asked_at > ended + _SETTLED]
    return Moved(
        asked=asked,
        took=took,
        counted=len(settled),
        by_containers=sum(not answer.served_by.startswith(_MACHINE) for answer in settled),
        requests=len(answers),
        failed=sum(not answer.well for answer in answers),
    )


def render(moved: Sequence[Moved]) -> str:
    """The section of docs/measurements.md."""
    measured = (
        f"Measured by `./prakerja bench weight` on {datetime.now(UTC):%Y-%m-%d}, on {measurements.machine()}, with "
        f"production's settings: {_PER_SECOND} requests a second on the {_SERVICE}, made on the same machine, begun "
        f"{_BEFORE_SECONDS} s before each share is set. Answers are counted by X-Served-By from "
        f"{_SETTLED.total_seconds():.0f} s after `weight` has ended; failures from the beginning."
    )
    return "\n".join(
        [
            "## Shares of traffic",
            "",
            measured,
            "",
            "| `weight portal` | took | answers | by containers | share | requests in all | failed |",
            "|---:|---:|---:|---:|---:|---:|---:|",
            *(
                f"| {one.asked} | {one.took:.1f} s | {one.counted:,} | {one.by_containers:,} | {one.share:.1f} % | "
                f"{one.requests:,} | {one.failed:,} |"
                for one in moved
            ),
        ]
    )
