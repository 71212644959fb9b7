"""The engine's own preview, its events read as they come."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from operations.checkout import Checkout
from operations.engine import Update
from operations.exit_codes import OperationError
from operations.preview.changes import Changes, read_changes
from operations.preview.report import PolicyResult, read_policy_results
from operations.shell_environment import applied_to

POLICIES = "policy"
"""The policy pack's directory in the program's."""

_RESULTS_VARIABLE = "PRAKERJA_POLICY_RESULTS"
_TAIL_LINES = 10
_NO_RESULTS = "the policies left no results"


@dataclass(frozen=True, kw_only=True)
class EnginePreview:
    """found: what the engine told; with errors in it, it is what was found until the engine failed.
    policies: the policies' results, None where there are no policies.
    """

    found: Changes
    policies: list[PolicyResult] | None


def run_preview(
    checkout: Checkout, protected: frozenset[str], results: Path, progress: Callable[[str], None]
) -> EnginePreview:
    """Run `pulumi preview` of the program in the checkout's directory, with its policies where it has some.

    protected: the URNs of the resources from which the engine's protection was taken for this.
    results: where the policies leave their results. progress: told after each of the engine's events.
    Raises OperationError where the engine fails before it has found anything, as a program that is refused makes it.
    """
    has_policies = (checkout.repository / POLICIES / "PulumiPolicy.yaml").exists()
    process = subprocess.Popen(
        ["pulumi", "preview", "--json", "--non-interactive", *(["--policy-pack", POLICIES] if has_policies else [])],
        cwd=checkout.repository,
        env={
            **applied_to(os.environ, checkout),
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
            _RESULTS_VARIABLE: str(results),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,  # a terminal's Ctrl-C comes to us, and is passed on once
    )
    told = Update()
    with process:
        try:
            events = list(_followed(process, told, progress))
            _, complaints = process.communicate()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.communicate()
            raise
    policies = read_policy_results(results.read_text()) if results.exists() else None
    found = read_changes(events, protected)
    explained = any(one.refused for one in found.changes) or any(one.result == "fail" for one in policies or ())
    if process.returncode != 0 and not explained and not found.errors:
        said = complaints.strip().splitlines()[-_TAIL_LINES:]
        found = replace(found, errors=tuple(said) or ("the engine does not say why it failed",))
    if found.errors and found.nothing:
        raise OperationError("\n".join(["the change can't be previewed:", *found.errors]))
    if has_policies and policies is None:
        if not found.errors:
            raise OperationError(_NO_RESULTS)
        found = replace(found, errors=(*found.errors, _NO_RESULTS))
    return EnginePreview(found=found, policies=policies)


def _followed(
    process: subprocess.Popen[str], told: Update, progress: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    for line in process.stdout:
        event = json.loads(line)
        told.take(event)
        progress(told.summary())
        yield event
