"""Putting a tool into a sandbox's own directory of tools, from wherever it was found."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def place_executable(source: Path, target: Path) -> None:
    """Make `target` the executable at `source`: a hard link where the file system allows it, for it takes 100 MB."""
    source = source.resolve()
    if target.exists() and (target.samefile(source) or _same_content_as_copied(source, target)):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_suffix(".new")
    new.unlink(missing_ok=True)
    try:
        os.link(source, new)
    except OSError:  # another file system, or a kernel that forbids links to other users' files
        shutil.copy2(source, new)
    new.replace(target)


def _same_content_as_copied(source: Path, target: Path) -> bool:
    return (source.stat().st_size, source.stat().st_mtime) == (target.stat().st_size, target.stat().st_mtime)
