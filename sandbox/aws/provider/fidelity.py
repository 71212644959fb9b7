"""How much stands behind each resource type, drawn from the declarations, and behind Kubernetes's kinds.

`python -m sandbox.aws.provider.fidelity` writes docs/fidelity.md anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox.aws.provider.checking import handled_inputs
from sandbox.aws.provider.declaration import Fidelity
from sandbox.aws.provider.registry import declarations
from sandbox.aws.provider.sdk import resource_type
from sandbox.kubernetes.provider.fidelity import KINDS

PAGE = Path(__file__).parents[3] / "docs" / "fidelity.md"

MEANINGS = {
    Fidelity.RUNS: "something acts on it: a process, a route, a database",
    Fidelity.EMULATED: "the cloud keeps it and answers for it: boto3 reads it back, drift is seen; nothing acts on it",
    Fidelity.RECORDED: "its inputs are checked against pulumi-aws's types and remembered; nothing else knows it",
}


@dataclass(frozen=True, kw_only=True)
class TypeFidelity:
    """One resource type.

    behind: what stands behind it or is missing; empty where its kind says all.
    handled, inputs: how many of pulumi-aws's inputs the sandbox handles, of how many. The others are refused by name.
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


def every_type() -> list[TypeFidelity]:
    """All served types: those that run first, each kind in the order of their names."""
    order = list(Fidelity)
    found = [
        TypeFidelity(
            type=token,
            fidelity=declared.fidelity,
            behind=declared.behind,
            handled=len(handled_inputs(declared)),
            inputs=len(resource_type(token).inputs),
        )
        for token, declared in declarations().items()
    ]
    found += [TypeFidelity(type=token, fidelity=kind, behind=behind) for token, (kind, behind) in KINDS.items()]
    return sorted(found, key=lambda row: (order.index(row.fidelity), row.type))


def page() -> str:
    """docs/fidelity.md."""
    rows = every_type()
    return "\n".join([_INTRODUCTION, *(line for kind in Fidelity for line in _section(kind, rows))]) + "\n"


def _section(kind: Fidelity, rows: list[TypeFidelity]) -> Iterable[str]:
    yield f"\n## {kind.value.capitalize()}\n"
    yield f"{MEANINGS[kind].capitalize()}.\n".replace("Pulumi-aws", "pulumi-aws")
    yield "| resource type | inputs handled | what stands behind it, and what is missing |"
    yield "|---|---|---|"
    for row in rows:
        if row.fidelity is kind:
            yield f"| `{row.type}` | {row.coverage} | {row.behind} |"


_INTRODUCTION = """\
# How far the sandbox can be trusted

<!-- Generated from the declarations by `python -m sandbox.aws.provider.fidelity`; a test holds it in step. -->

Every resource type that the sandbox serves, and what a rehearsal there proves. `./prakerja sandbox fidelity` prints the
same, with `--json` for machines. An input that the sandbox does not handle is refused by its name in the preview; a
resource type that is not in these tables is refused too.

All of it together: no IAM permission is enforced but login to the database and the cache, no security group filters, no
quota of AWS counts, and nothing costs or is throttled. Arguments are checked against botocore's models."""


def write_page() -> None:
    """Bring docs/fidelity.md up to date."""
    PAGE.write_text(page())


if __name__ == "__main__":
    write_page()
