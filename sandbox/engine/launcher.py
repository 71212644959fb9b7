"""The directory to put first on PATH: the Pulumi CLI and the language host side by side.

The CLI warns of a language host that it finds on PATH but not beside its own executable, so the executable itself is
placed there.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from sandbox.toolchain.placing import place_executable

_HOST = "pulumi-language-python"
_REPOSITORY = Path(__file__).parents[2]


def place(pulumi: Path, directory: Path, python: Path = Path(sys.executable)) -> None:
    """Fill `directory` with `pulumi` and the launcher of the language host (idempotent).

    python: runs the host and the programs; its environment has what they import.
    """
    directory.mkdir(parents=True, exist_ok=True)
    place_executable(pulumi, directory / "pulumi")
    launcher = directory / f"{_HOST}.new"
    launcher.write_text(_launcher(python))
    launcher.chmod(0o755)
    launcher.replace(directory / _HOST)


def _launcher(python: Path) -> str:
    return (
        "#!/bin/sh\n"
        "# The Python language host of this checkout, as the Pulumi CLI starts it.\n"
        "# Compiling pulumi-aws takes seconds: its bytecode is kept, even where the user's own is not.\n"
        "unset PYTHONDONTWRITEBYTECODE\n"
        f"export PYTHONPATH={shlex.quote(str(_REPOSITORY))}\n"
        f'exec {shlex.quote(str(python))} -P -m sandbox.engine.host "$@"\n'
    )
