"""Writing a file that others read at any time."""

from __future__ import annotations

from pathlib import Path


def write_atomically(file: Path, content: bytes) -> None:
    """Replace a file by new content at one instant."""
    temporary = file.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.replace(file)
