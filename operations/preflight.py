"""What can be known before anything starts to make it impossible."""

from __future__ import annotations

import shutil
from pathlib import Path

from operations.exit_codes import OperationError


def check_disk(directory: Path, megabytes: int) -> None:
    """Raise OperationError where the disk that a directory is on, or will be, has less free."""
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(existing).free >> 20
    if free < megabytes:
        raise OperationError(f"{directory} needs {megabytes} MB of disk, and {free} MB are free")
