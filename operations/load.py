"""Load on a site of this machine by an existing generator, vegeta, bounded in time and number, and what became of it.

The rate is kept whatever the site does, as people's requests are, so that a slow or failing site can't hide failures by
being asked less.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from operations.exit_codes import OperationError
from sandbox.toolchain.obtain import obtain
from sandbox.toolchain.plan import plan
from sandbox.toolchain.tools import VEGETA

MOST_SECONDS = 900
MOST_PER_SECOND = 2_000
_TIME_OUT_SECONDS = 10
_MILLISECOND = 1e6  # vegeta tells times in nanoseconds


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a load's requests. Times in milliseconds.

    by_status: how many requests by HTTP status; 0 is no answer at all.
    errors: the kinds of failure, as the generator names them.
    """

    requests: int
    by_status: Mapping[int, int]
    errors: Sequence[str]
    median: float
    at_99_per_cent: float
    longest: float

    @property
    def failed(self) -> int:
        """Requests that were not answered 2xx or 3xx."""
        return sum(number for status, number in self.by_status.items() if not 200 <= status < 400)

    @property
    def failed_share(self) -> float:
        """Of all requests."""
        return self.failed / max(1, self.requests)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One request's answer. status: 0 where there was none. served_by: the header X-Served-By, empty without one."""

    asked_at: datetime
    status: int
    served_by: str

    @property
    def well(self) -> bool:
        """Whether it was answered 2xx or 3xx."""
        return 200 <= self.status < 400


class Load:
    """A load that runs until it is over or ended; always `end` it."""

    def __init__(self, site: str, paths: Sequence[str], *, per_second: int, seconds: int, results: Path) -> None:
        """site: `http://127.0.0.1:PORT`; no other host is asked.

        results: the file that the generator writes, one record a request.
        """
        if urlsplit(site).hostname != "127.0.0.1" or seconds > MOST_SECONDS or per_second > MOST_PER_SECOND:
            raise ValueError(f"load on {site} for {seconds} s at {per_second}/s: loopback only, and within bounds")
        self._vegeta = obtain(plan(VEGETA))
        self._results = results
        targets = results.with_suffix(".targets")
        targets.write_text("\n\n".join(f"GET {site}{path}" for path in paths) + "\n")
        self._process = subprocess.Popen(
            [
                *(self._vegeta, "attack", f"-targets={targets}", f"-rate={per_second}/s", f"-duration={seconds}s"),
                *(f"-timeout={_TIME_OUT_SECONDS}s", "-redirects=-1", "-max-body=0", f"-output={results}"),
            ]
        )

    @property
    def running(self) -> bool:
        """Whether requests are still being made."""
        return self._process.poll() is None

    def wait(self) -> Outcome:
        """The outcome of all of it."""
        if self._process.wait() != 0:
            raise OperationError(f"{VEGETA.name} ended with {self._process.returncode}")
        return self._outcome()

    def end(self) -> Outcome:
        """Make no more requests; the outcome of those made."""
        if self.running:
            self._process.terminate()
        self._process.wait()
        return self._outcome()

    def answers(self) -> list[Answer]:
        """Each request's answer, once the load is over."""
        lines = subprocess.check_output([self._vegeta, "encode", "-to=json", self._results]).splitlines()
        return [answer(json.loads(line)) for line in lines]

    def _outcome(self) -> Outcome:
        report = subprocess.check_output([self._vegeta, "report", "-type=json", self._results])
        return outcome(json.loads(report))


def answer(record: Mapping[str, Any]) -> Answer:
    """A record of vegeta's, in its JSON, as an answer."""
    headers: Mapping[str, list[str]] = record["headers"] or {}
    return Answer(
        asked_at=datetime.fromisoformat(record["timestamp"]),
        status=int(record["code"]),
        served_by=headers.get("X-Served-By", [""])[0],
    )


def outcome(report: Mapping[str, object]) -> Outcome:
    """A JSON report of vegeta's as an outcome."""
    latencies, statuses, errors = report["latencies"], report["status_codes"], report["errors"]
    assert isinstance(latencies, dict)  # noqa: S101 - the generator's contract, pinned with its version
    assert isinstance(statuses, dict)  # noqa: S101
    return Outcome(
        requests=int(str(report["requests"])),
        by_status={int(status): number for status, number in statuses.items()},
        errors=[str(error) for error in errors] if isinstance(errors, list) else [],
        median=latencies["50th"] / _MILLISECOND,
        at_99_per_cent=latencies["99th"] / _MILLISECOND,
        longest=latencies["max"] / _MILLISECOND,
    )


def seconds_of(requests: int, per_second: int) -> int:
    """How long so many requests take at a rate."""
    return -(-requests // per_second)


def during(load: Load, action: Callable[[], None]) -> Outcome:
    """Do something while a load runs; its outcome when it is over. The load is ended where the action fails."""
    try:
        action()
    except BaseException:
        load.end()
        raise
    return load.wait()
