"""Finding the Python that an artefact was built for."""

from __future__ import annotations

import asyncio
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sandbox.dataplane.runner.errors import BootError

_PROBE = "import sys; print(sys._base_executable)"


async def find_interpreter(version: str) -> Path:
    """The interpreter of Python `version` (such as "3.11") on this machine, never a virtual environment's.

    Raises BootError, which names the version, where there is none.
    """
    if not re.fullmatch(r"3\.\d+", version):
        raise BootError(f'artefact.json names python "{version}"; it must be a minor version such as "3.11"')
    return await asyncio.to_thread(_find, version)


@functools.cache
def _find(version: str) -> Path:
    for candidate in _candidates(version):
        found = _output([candidate, "-c", _PROBE])
        if found is not None:
            return Path(found)
    raise BootError(
        f"Python {version}, which the artefact was built for, is not on this machine: install python{version}"
    )


def _candidates(version: str) -> Iterator[str]:
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        yield sys.executable
    yield f"python{version}"
    yield from sorted(str(path) for path in Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    managed = _output([str(Path(sys.prefix, "bin", "uv")), "python", "find", "--no-python-downloads", version])
    if managed is not None:
        yield managed


def _output(arguments: list[str]) -> str | None:
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None  # not there, or a shim whose version isn't installed
    return done.stdout.strip()
