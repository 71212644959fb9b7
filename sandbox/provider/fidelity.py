"""How much stands behind a resource type in the sandbox: the words for it, and what is told of each type."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fidelity(Enum):
    """How much stands behind a resource type in the sandbox."""

    RUNS = "runs"
    """A data plane acts on it: a process, a route, a database."""
    EMULATED = "emulated"
    """The cloud keeps it and answers for it."""
    RECORDED = "recorded"
    """Its inputs are checked and remembered; nothing acts on them."""


@dataclass(frozen=True, kw_only=True)
class TypeFidelity:
    """One resource type.

    behind: what stands behind it or is missing; empty where its kind says all.
    handled, inputs: how many of the SDK's inputs the sandbox handles, of how many. The others are refused by name.
    None where the Kubernetes API server's own schema decides.
    """

    type: str
    fidelity: Fidelity
    behind: str
    handled: int | None = None
    inputs: int | None = None

    @property
    def coverage(self) -> str:
        """How many of its inputs are handled."""
        return "all" if self.inputs is None else f"{self.handled} of {self.inputs}"
