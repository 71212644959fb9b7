"""`./prakerja preview`: what a change would do, found out in a throw-away sandbox, without any credential."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from operations import engine, stack_file, tools
from operations.checkout import DEFAULT_ENVIRONMENT, Checkout
from operations.console import err, out
from operations.exit_codes import ExitCode, OperationError
from operations.preview import html, markdown
from operations.preview.base import Base, copy_working_tree, describe_working_tree, extract, find_base, python_for
from operations.preview.changes import read_changes
from operations.preview.engine import run_preview
from operations.preview.report import Compared, Report, build, read_policy_results
from operations.preview.sandbox import PreviewSandbox, empty_program, preview_directory, running
from operations.timeline import Timeline
from sandbox.engine import launcher

_IN_SANDBOX = (
    "Checked in a throw-away sandbox in which nothing runs: the cloud takes databases, caches and targets for ready at "
    "once, and Kubernetes is an API server without controllers."
)
CHANGE = "Change: pulumi preview"
"""The part of a preview in which the policies are run."""

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
    with preview_directory() as sandbox, Timeline(err) as timeline:
        report = _compare(checkout, sandbox, base, like, timeline)
    return Previewed(report=report, seconds=timeline.seconds)


def read_events(events: Path, policy_results: Path | None, name: str) -> Report:
    """The report of a preview that the engine has made elsewhere, such as of production against AWS.

    events: what `pulumi preview --json` printed with PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true. name: the stack's.
    Raises OperationError where they can't be read or tell of an error.
    """
    try:
        lines = [json.loads(line) for line in events.read_text().splitlines() if line.strip()]
        policies = read_policy_results(policy_results.read_text()) if policy_results else None
    except (OSError, ValueError) as error:
        raise OperationError(f"the events can't be read: {error}", ExitCode.WRONG_USE) from error
    found = read_changes(lines)
    if found.errors:
        raise OperationError("\n".join(["that preview failed:", *found.errors]))
    if not any("summaryEvent" in event for event in lines):
        raise OperationError(f"{events} ends before the preview's summary: it was interrupted")
    compared = Compared(base="the cloud as it is", change="the program", settings=name, checked_by=_IN_CLOUD)
    return build(compared, found, policies)


def show(report: Report, *, as_json: bool) -> None:
    """Print the report, as Markdown or JSON."""
    out.print(_json(report) if as_json else markdown.render(report), markup=False, soft_wrap=True, end="")


def _settings(checkout: Checkout, asked: str | None) -> str:
    like = asked or DEFAULT_ENVIRONMENT
    if like not in checkout.environments():
        known = ", ".join(checkout.environments())
        raise OperationError(f"--like {like}: there is no Pulumi.{like}.yaml; there are {known}", ExitCode.WRONG_USE)
    return like


def _compare(checkout: Checkout, sandbox: PreviewSandbox, base: Base, like: str, timeline: Timeline) -> Report:
    inner, repository = sandbox.checkout, checkout.repository
    extract(repository, base, empty_program(sandbox))
    if not inner.settings_file(like).exists():
        raise OperationError(f"the base has no Pulumi.{like}.yaml, so that there is nothing to compare with")
    plans = tools.decide_for_preview((inner, checkout), like)
    with tools.got_meanwhile(inner, plans, timeline) as pulumi, _started(sandbox, repository, timeline):
        with timeline.part("Base: environment"):
            python = python_for(inner.repository, repository)
            pulumi.result()
            launcher.place(plans[0].path, inner.binaries, python)
        with timeline.part("Base: pulumi up") as part:
            stack_file.generate(inner, like)
            engine.select_stack(inner)
            stack_file.generate(inner, like)  # now with the salt that the engine has made
            engine.update(inner, part.tell)
            protected = engine.unprotect_all(inner)  # or the preview ends at the first that would be deleted
        with timeline.part(CHANGE) as part:
            copy_working_tree(repository, empty_program(sandbox))
            launcher.place(plans[0].path, inner.binaries)
            stack_file.generate(inner, like)
            told = run_preview(inner, protected, sandbox.scratch / "policy-results.json", part.tell)
    compared = Compared(
        base=f"{base.name} ({base.commit[:12]})",
        change=describe_working_tree(repository),
        settings=like,
        checked_by=_IN_SANDBOX,
    )
    return build(compared, told.found, told.policies)


@contextmanager
def _started(sandbox: PreviewSandbox, repository: Path, timeline: Timeline) -> Iterator[None]:
    with ExitStack() as stack:
        with timeline.part("Sandbox"):
            stack.enter_context(running(sandbox, repository))
        yield


def write(report: Report, directory: Path) -> None:
    """Write report.md, report.json and report.html."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "report.md").write_text(markdown.render(report))
    (directory / "report.json").write_text(_json(report))
    (directory / "report.html").write_text(html.render(report))
    err.print(f"report.md, report.json and report.html are in {directory}", soft_wrap=True)


def _json(report: Report) -> str:
    return report.model_dump_json(indent=2) + "\n"
