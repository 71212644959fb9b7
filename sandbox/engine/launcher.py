"""The directory to put first on PATH: the Pulumi CLI and the language host side by side.

The CLI warns of a language host that it finds on PATH but not beside its own executable, so the executable itself is
placed there (a hard link where the file system allows it, for it takes 100 MB).
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

_HOST = "pulumi-language-python"
_REPOSITORY = Path(__file__).parents[2]


def place(pulumi: Path, directory: Path) -> None:
    """Fill `directory` with `pulumi` and the launcher of the language host (idempotent)."""
    directory.mkdir(parents=True, exist_ok=True)
    _place_executable(pulumi.resolve(), directory / "pulumi")
    launcher = directory / f"{_HOST}.new"
    launcher.write_text(_launcher())
    launcher.chmod(0o755)
    launcher.replace(directory / _HOST)


def _place_executable(source: Path, target: Path) -> None:
    new = target.with_suffix(".new")
    if target.exists() and (target.samefile(source) or _same_content_as_copied(source, target)):
        return
    new.unlink(missing_ok=True)
    try:
        os.link(source, new)
    except OSError:  # another file system, or a kernel that forbids links to other users' files
        shutil.copy2(source, new)
    new.replace(target)


def _same_content_as_copied(source: Path, target: Path) -> bool:
    return (source.stat().st_size, source.stat().st_mtime) == (target.stat().st_size, target.stat().st_mtime)


def _launcher() -> str:
    return (
        "#!/bin/sh\n"
        "# The Python language host of this checkout, as the Pulumi CLI starts it.\n"
        "# Compiling pulumi-aws takes seconds: its bytecode is kept, even where the user's own is not.\n"
        "unset PYTHONDONTWRITEBYTECODE\n"
        f"export PYTHONPATH={shlex.quote(str(_REPOSITORY))}\n"
        f'exec {shlex.quote(sys.executable)} -P -m sandbox.engine.host "$@"\n'
    )
