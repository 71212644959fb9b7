"""Running the Pulumi CLI on stack `sandbox`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.checkout import SANDBOX_STACK, Checkout
from operations.exit_codes import ExitCode, OperationError
from operations.shell_environment import applied_to

_TAIL_LINES = 10
_WRITTEN_AT_THE_END = {"PULUMI_SKIP_CHECKPOINTS": "true"}
_CHANGES = {"create", "update", "delete", "replace", "create-replacement", "delete-replaced"}


@dataclass
class Update:
    """What the engine's events have told of an update so far.

    done: resources that were created, updated, deleted or found unchanged.
    changed: those of them that were not unchanged.
    under_way: what is being done, by URN, that which began first in front.
    """

    done: int = 0
    changed: int = 0
    under_way: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def take(self, event: dict[str, Any]) -> None:
        """Take in one event of the engine's log."""
        if "resourcePreEvent" in event:
            metadata = event["resourcePreEvent"]["metadata"]
            self.under_way[metadata["urn"]] = _short_name(metadata)
        elif "resOutputsEvent" in event:
            metadata = event["resOutputsEvent"]["metadata"]
            self.under_way.pop(metadata["urn"], None)
            self.done += 1
            self.changed += metadata["op"] in _CHANGES
        elif "diagnosticEvent" in event:
            diagnostic = event["diagnosticEvent"]
            message = diagnostic["message"].strip()
            # What the engine says of the debugging kind is never kept: it holds properties' values.
            messages = {"error": self.errors, "warning": self.warnings}.get(diagnostic["severity"])
            if message and messages is not None:
                messages.append(_about(diagnostic.get("urn", "")) + message)

    def summary(self) -> str:
        """How far it is, in a few words. What has taken longest so far is what the rest waits for."""
        waited_for = next(iter(self.under_way.values()), "")
        return f"{self.done} resources, {self.changed} changed · {waited_for}"


def select_stack(checkout: Checkout) -> None:
    """Select stack `sandbox`, made where it isn't there yet."""
    checkout.backend.mkdir(exist_ok=True)
    _run(checkout, "stack", "select", "--create", SANDBOX_STACK)


def outputs(checkout: Checkout) -> dict[str, Any]:
    """The stack's outputs, secrets masked."""
    document: dict[str, Any] = json.loads(_run(checkout, "stack", "output", "--json"))
    return document


def exported_state(checkout: Checkout) -> str:
    """The stack's state as JSON text, its secrets encrypted."""
    return _run(checkout, "stack", "export")


def unprotect_all(checkout: Checkout) -> frozenset[str]:
    """Take the engine's protection from every resource of the stack; returns the URNs of those that had it."""
    resources = _latest_state(checkout).get("resources") or []
    _run(checkout, "state", "unprotect", "--all", "--yes")
    return frozenset(one["urn"] for one in resources if one.get("protect"))


def update(checkout: Checkout, progress: Callable[[str], None], *, thrown_away: bool = False) -> Update:
    """Run `pulumi up` without asking; interrupted, the engine ends in an orderly way before this does.

    progress: told after each of the engine's events. thrown_away: nobody will go on from where this ends early, so that
    the engine writes its state at the end only; after each step it takes nine tenths of the engine's processor time.
    Raises OperationError with the engine's own error messages.
    """
    unfinished = unfinished_creations(checkout)
    errors = checkout.state.logs / "pulumi.log"
    with errors.open("ab") as log:
        # A group of its own: the terminal's Ctrl-C comes to us, and we pass it on once. Twice would make the engine
        # drop what it has under way.
        process = subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--json"],
            cwd=checkout.repository,
            env={**applied_to(os.environ, checkout), **(_WRITTEN_AT_THE_END if thrown_away else {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            process_group=0,
        )
    result = Update()
    with process:
        try:
            _follow(process, result, progress)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            progress("interrupted: the engine finishes what it has under way")
            process.communicate()
            raise
    if process.returncode != 0:
        raise OperationError(_failure(result, errors) + _hint(unfinished))
    return result


def release_stale_locks(checkout: Checkout) -> int:
    """Give back the stack's locks whose holders were killed; returns how many there were.

    Raises OperationError where another process is at work on the stack.
    """
    released = 0
    for path in sorted((checkout.backend / ".pulumi" / "locks").rglob("*.json")):
        holder = json.loads(path.read_text())
        if Path(f"/proc/{holder['pid']}").exists():
            raise OperationError(f"pulumi (pid {holder['pid']}) is at work on this stack", ExitCode.REFUSED)
        path.unlink()
        released += 1
    return released


def _run(checkout: Checkout, *arguments: str) -> str:
    done = subprocess.run(
        ["pulumi", *arguments, "--non-interactive", "--color", "never"],
        cwd=checkout.repository,
        env=applied_to(os.environ, checkout),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise OperationError(f"`pulumi {' '.join(arguments)}` failed: {done.stderr.strip()}")
    return done.stdout


def _follow(process: subprocess.Popen[str], result: Update, progress: Callable[[str], None]) -> None:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    for line in process.stdout:
        result.take(json.loads(line))
        progress(result.summary())


def unfinished_creations(checkout: Checkout) -> list[str]:
    """What an engine that was killed was creating: the cloud may hold it though the engine's state doesn't."""
    operations = _latest_state(checkout).get("pending_operations") or []
    return [_urn_name(each["resource"]["urn"]) for each in operations if each["type"] == "creating"]


def _latest_state(checkout: Checkout) -> dict[str, Any]:
    """The stack's state as the engine's file has it; to ask the engine takes half a second more."""
    if not checkout.checkpoint.exists():
        return {}
    latest: dict[str, Any] | None = json.loads(checkout.checkpoint.read_text())["checkpoint"].get("latest")
    return latest or {}


def _hint(unfinished: list[str]) -> str:
    if not unfinished:
        return ""
    return (
        f"\nThe engine was killed before while it created {', '.join(unfinished)}: where the cloud holds one of them "
        "already, `./prakerja down --erase` and `up` start clean."
    )


def _failure(result: Update, log: Path) -> str:
    if result.errors:
        return "\n".join(dict.fromkeys(result.errors))
    tail = log.read_text(errors="replace").strip().splitlines()[-_TAIL_LINES:]
    return "\n".join(["pulumi up failed:", *tail])


def _short_name(metadata: dict[str, Any]) -> str:
    return f"{metadata['op']} {_urn_name(metadata['urn'])}"


def _about(urn: str) -> str:
    """Names the resource that a message is about; the stack itself, where the program's own messages come from, not."""
    return "" if not urn or "::pulumi:pulumi:Stack::" in urn else f"{_urn_name(urn)}: "


def _urn_name(urn: str) -> str:
    return urn.rpartition("::")[2]
