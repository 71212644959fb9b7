"""Where operations write: results to standard output, everything else to standard error. Pipes get no colours."""

from __future__ import annotations

from rich.console import Console

from operations.checkout import SANDBOX_ACCOUNT, SANDBOX_STACK, Checkout

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def announce(checkout: Checkout) -> None:
    """Say which platform a command is about to read or change."""
    err.print(
        f"stack {SANDBOX_STACK} · account {SANDBOX_ACCOUNT} (sandbox) · backend file://{checkout.backend}",
        style="dim",
        soft_wrap=True,
    )
