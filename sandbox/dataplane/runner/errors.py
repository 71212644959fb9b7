"""What stops a virtual machine from booting."""

from __future__ import annotations


class BootError(RuntimeError):
    """A virtual machine can't start its service; the message names what is wrong and where."""
