"""What stops a machine or a container from starting its process."""

from __future__ import annotations


class BootError(RuntimeError):
    """A machine or a container can't start its process; the message names what is wrong and where."""
