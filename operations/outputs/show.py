"""`./prakerja outputs`: what the platform is, for those who audit it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operations import engine
from operations.checkout import Checkout
from operations.console import announce, err
from operations.exit_codes import ExitCode, OperationError
from operations.outputs.facts import as_csv
from operations.outputs.format import Format
from operations.outputs.page import page
from operations.outputs.terminal import print_tables

_SCHEMA = Path("stacks") / "outputs.schema.json"
SCHEMA_VERSION = 1


def show(
    checkout: Checkout, form: Format, *, stack: str | None, file: Path | None, environment: Mapping[str, str]
) -> None:
    """Show the outputs of the sandbox's stack, or of another stack by name.

    file: where to; by default standard output.
    environment: the user's own, by which the official CLI finds another stack's state.
    """
    outputs = _of_sandbox(checkout) if stack is None else _of_stack(checkout, stack, environment)
    _refuse_other_shapes(checkout, outputs)
    if form is Format.TABLE:
        if file is not None:
            raise OperationError("a table is for the terminal; --out takes json, csv or html", ExitCode.WRONG_USE)
        print_tables(outputs)
        return
    text = {Format.JSON: _as_json, Format.CSV: as_csv, Format.HTML: page}[form](outputs)
    if file is None:
        print(text, end="")
    else:
        file.write_text(text)
        err.print(f"written: {file}", soft_wrap=True)


def _as_json(outputs: dict[str, Any]) -> str:
    return json.dumps(outputs, indent=2, ensure_ascii=False) + "\n"


def _of_sandbox(checkout: Checkout) -> dict[str, Any]:
    announce(checkout)
    if not checkout.checkpoint.exists():
        raise OperationError("there is no platform here; `./prakerja up` makes one", ExitCode.NOTHING_RUNNING)
    return engine.outputs(checkout)


def _of_stack(checkout: Checkout, stack: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Another stack's outputs, read with the user's own login; what is secret stays masked."""
    path = f"{environment.get('PATH', '')}:{checkout.binaries}"
    pulumi = shutil.which("pulumi", path=path)
    if pulumi is None:
        raise OperationError("the outputs of another stack are read by the pulumi CLI, which is not on PATH")
    done = subprocess.run(
        [pulumi, "stack", "output", "--json", "--stack", stack, "--non-interactive", "--color", "never"],
        cwd=checkout.repository,
        env={**environment, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise OperationError(f"the outputs of stack '{stack}' can't be read: {done.stderr.strip()}")
    outputs: dict[str, Any] = json.loads(done.stdout)
    backend = environment.get("PULUMI_BACKEND_URL", "the one that pulumi is logged into")
    err.print(f"stack {stack} · account {outputs.get('account_id')} · backend {backend}", style="dim", soft_wrap=True)
    return outputs


def _refuse_other_shapes(checkout: Checkout, outputs: dict[str, Any]) -> None:
    """What was made by another version of the program may lack what is shown here."""
    required = json.loads((checkout.repository / _SCHEMA).read_text())["required"]
    version = outputs.get("schema_version")
    missing = [name for name in required if name not in outputs]
    if missing or version != SCHEMA_VERSION:
        raise OperationError(
            f"these outputs can't be shown: version {version}, needed {SCHEMA_VERSION}; "
            f"missing: {', '.join(missing) or 'nothing'}. `pulumi up` with this version of the program writes them"
        )
