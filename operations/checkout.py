"""This checkout: its files that operations read and write, and its sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.state import SandboxState, sandbox_of

SANDBOX_STACK = "sandbox"
SANDBOX_ACCOUNT = "123456789012"
SANDBOX_REGION = "ap-southeast-3"

# The environment whose settings a new sandbox has, unless another is asked for.
DEFAULT_ENVIRONMENT = "prod"


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A checkout of the repository, and the sandbox that belongs to it."""

    repository: Path
    state: SandboxState

    @property
    def stack_file(self) -> Path:
        """The generated settings of stack `sandbox`; never tracked."""
        return self.repository / f"Pulumi.{SANDBOX_STACK}.yaml"

    def settings_file(self, like: str) -> Path:
        """The tracked settings of an environment."""
        return self.repository / f"Pulumi.{like}.yaml"

    def environments(self) -> list[str]:
        """The environments whose settings the sandbox can take."""
        names = (path.name.split(".")[1] for path in self.repository.glob("Pulumi.*.yaml"))
        return sorted(name for name in names if name != SANDBOX_STACK)

    @property
    def binaries(self) -> Path:
        """The directory that goes first on PATH: the tools, with the language host beside the Pulumi CLI."""
        return self.state.binaries

    @property
    def backend(self) -> Path:
        """The directory of the engine's file backend."""
        return self.state.pulumi / "backend"

    @property
    def checkpoint(self) -> Path:
        """Where the file backend keeps the stack's state."""
        return self.backend / ".pulumi" / "stacks" / "prakerja" / f"{SANDBOX_STACK}.json"

    @property
    def passphrase_file(self) -> Path:
        """The passphrase that encrypts secrets in the stack's state; mode 0600."""
        return self.state.secrets / "pulumi-passphrase"

    @property
    def like_file(self) -> Path:
        """The name of the environment whose settings the sandbox was made with."""
        return self.state.directory / "like"

    def like(self) -> str | None:
        """The environment whose settings the sandbox was made with, None before it was made."""
        return self.like_file.read_text().strip() if self.like_file.exists() else None


def this_checkout() -> Checkout:
    """The checkout that this file is in."""
    repository = Path(__file__).parents[1]
    return Checkout(repository=repository, state=sandbox_of(repository))
