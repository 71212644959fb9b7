"""`./prakerja policy`: what the policies say of a stack as it is, after `up`, and reports of it.

The pack is a program of its own, as it is for the engine; it is run here, not imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from operations import engine
from operations.checkout import Checkout
from operations.console import announce
from operations.exit_codes import ExitCode, OperationError


def check(checkout: Checkout, state: str | None, form: str) -> None:
    """Judge an exported state: a file's, standard input's with `-`, or by default the sandbox's.

    Raises OperationError where a rule is violated, or nothing has been brought up.
    """
    if state is None:
        if not checkout.checkpoint.exists():
            raise OperationError("no platform here: `./prakerja up` first", ExitCode.NOTHING_RUNNING)
        announce(checkout)
        _run(checkout, "check", "-", "--format", form, given=engine.exported_state(checkout))
    else:
        _run(checkout, "check", state, "--format", form, given=None)


def report(checkout: Checkout, results: Path, form: str) -> None:
    """Write a results file, as a preview leaves it, in another form. Raises OperationError where something fails."""
    _run(checkout, "report", str(results), "--format", form, given=None)


def _run(checkout: Checkout, *arguments: str, given: str | None) -> None:
    command = [sys.executable, "-P", "-m", "policy.command", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(checkout.repository)}
    done = subprocess.run(command, input=given, text=True, env=environment, check=False)
    if done.returncode == ExitCode.POLICY_FAILED:
        raise OperationError("a policy is violated, or can't be decided", ExitCode.POLICY_FAILED)
    if done.returncode:
        raise OperationError("the policies could not be evaluated", ExitCode(done.returncode))
