"""`./prakerja preview`: what a change would do, found out in a throw-away sandbox, without any credential."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from operations.checkout import DEFAULT_ENVIRONMENT, Checkout
from operations.console import err, out
from operations.exit_codes import ExitCode, OperationError
from operations.preview import html, markdown
from operations.preview.base import find_base
from operations.preview.base_platform import base_up
from operations.preview.changes import read_changes
from operations.preview.report import Compared, Report, build, read_policy_results
from operations.timeline import Timeline

_IN_CLOUD = "Read from the events of a preview that the engine has made."


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """A report, and how long each part of finding it out took, in seconds."""

    report: Report
    seconds: dict[str, float]


def preview(checkout: Checkout, asked_like: str | None, asked_base: str | None) -> Previewed:
    """Bring the base up and preview the working tree against it. Raises OperationError."""
    like = _settings(checkout, asked_like)
    base = find_base(checkout.repository, asked_base)
    err.print(
        f"Preview like {like}, against {base.name} ({base.commit[:12]}), in a sandbox without a data plane:",
        soft_wrap=True,
    )
    with Timeline(err) as timeline, base_up(checkout, base, like, timeline) as up:
        report = up.compare(checkout.repository)
    return Previewed(report=report, seconds=timeline.seconds)


def read_events(events: Path, policy_results: Path | None, name: str) -> Report:
    """The report of a preview that the engine has made elsewhere, such as of production against AWS.

    events: what `pulumi preview --json` printed with PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true. name: the stack's.
    Raises OperationError where they can't be read, end early, or tell of nothing but an error.
    """
    try:
        lines = [json.loads(line) for line in events.read_text().splitlines() if line.strip()]
        policies = read_policy_results(policy_results.read_text()) if policy_results else None
    except (OSError, ValueError) as error:
        raise OperationError(f"the events can't be read: {error}", ExitCode.WRONG_USE) from error
    found = read_changes(lines)
    if found.errors and found.nothing:
        raise OperationError("\n".join(["that preview failed:", *found.errors]))
    if not any("summaryEvent" in event for event in lines):
        raise OperationError(f"{events} ends before the preview's summary: it was interrupted")
    compared = Compared(base="the cloud as it is", change="the program", settings=name, checked_by=_IN_CLOUD)
    return build(compared, found, policies)


def show(report: Report, *, as_json: bool) -> None:
    """Print the report, as Markdown or JSON; where the preview failed, why on standard error too."""
    for error in report.errors:
        err.print(f"[red]error:[/red] the preview failed: {escape(error)}", soft_wrap=True)
    out.print(_json(report) if as_json else markdown.render(report), markup=False, soft_wrap=True, end="")


def _settings(checkout: Checkout, asked: str | None) -> str:
    like = asked or DEFAULT_ENVIRONMENT
    if like not in checkout.environments():
        known = ", ".join(checkout.environments())
        raise OperationError(f"--like {like}: there is no Pulumi.{like}.yaml; there are {known}", ExitCode.WRONG_USE)
    return like


def write(report: Report, directory: Path) -> None:
    """Write report.md, report.json and report.html."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "report.md").write_text(markdown.render(report))
    (directory / "report.json").write_text(_json(report))
    (directory / "report.html").write_text(html.render(report))
    err.print(f"report.md, report.json and report.html are in {directory}", soft_wrap=True)


def _json(report: Report) -> str:
    return report.model_dump_json(indent=2) + "\n"
