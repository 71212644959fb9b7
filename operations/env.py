"""`./prakerja env`: lines for the user's shell."""

from __future__ import annotations

from operations.checkout import Checkout
from operations.exit_codes import ExitCode, OperationError
from operations.sandbox_process import own_supervisor
from operations.shell_environment import shell_lines


def print_environment(checkout: Checkout) -> None:
    """Print the lines. Raises OperationError where the sandbox doesn't run: the commands would reach nothing."""
    if own_supervisor(checkout) is None:
        raise OperationError("nothing runs here; `./prakerja up` starts the sandbox", ExitCode.NOTHING_RUNNING)
    print("\n".join(shell_lines(checkout)))  # not by rich, which would wrap the lines
