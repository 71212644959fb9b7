"""The stack as it is before the change that is previewed, asked of the Pulumi CLI while the preview runs.

The engine tells a policy what a stack will hold; that something would be lost shows only in comparison.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

from policy.resource import Resource
from policy.state import resources_of


class StateBefore:
    """Begins to export the stack's state at once.

    stack: its full name.
    """

    def __init__(self, stack: str) -> None:
        self._export: subprocess.Popen[bytes] | None = None
        try:
            # Secrets stay encrypted: no rule needs them, and nothing here may hold them.
            self._export = subprocess.Popen(
                ["pulumi", "stack", "export", "--stack", stack, "--non-interactive"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return  # no CLI where the pack runs: not known

    def resources(self) -> Sequence[Resource] | None:
        """Its resources, waited for; None where they can't be had."""
        if self._export is None:
            return None
        exported, _ = self._export.communicate()
        return resources_of(json.loads(exported)) if self._export.returncode == 0 else None
