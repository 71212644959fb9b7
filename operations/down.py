"""`./prakerja down`: stops all that the sandbox started, and nothing else."""

from __future__ import annotations

import shutil

from operations.checkout import Checkout
from operations.console import announce, err, out
from operations.sandbox_process import only_one, own_supervisor, stop_supervisor
from operations.timeline import Timeline


def take_down(checkout: Checkout, *, erase: bool) -> None:
    """Stop the sandbox; `erase` also discards its cloud, database and state. Idempotent. Raises OperationError."""
    if not checkout.state.directory.exists():
        out.print("Nothing runs, and there is no sandbox here.")
        return
    announce(checkout)
    checkout.state.create()
    with only_one(checkout):
        supervisor = own_supervisor(checkout)
        if supervisor is not None:
            with Timeline(err) as timeline, timeline.part("Stopping the sandbox"):
                stop_supervisor(supervisor)
        if erase:
            shutil.rmtree(checkout.state.directory)
            checkout.stack_file.unlink(missing_ok=True)
    stopped = "Stopped" if supervisor is not None else "Nothing ran"
    out.print(f"{stopped}; the sandbox is erased." if erase else f"{stopped}; `up` carries on from here.")
