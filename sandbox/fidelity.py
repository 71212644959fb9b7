"""How much stands behind each resource type of every provider, drawn from what the providers declare.

`python -m sandbox.fidelity` writes docs/fidelity.md anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sandbox.aws.images import fidelity as images
from sandbox.aws.provider import fidelity as aws
from sandbox.kubernetes.provider import fidelity as kubernetes
from sandbox.provider.fidelity import Fidelity, TypeFidelity
from sandbox.saas import fidelity as saas
from sandbox.tls import fidelity as tls

PAGE = Path(__file__).parents[1] / "docs" / "fidelity.md"

MEANINGS = {
    Fidelity.RUNS: "something acts on it: a process, a route, a database",
    Fidelity.EMULATED: "the cloud keeps it and answers for it: boto3 reads it back, drift is seen; nothing acts on it",
    Fidelity.RECORDED: "its inputs are checked against the SDK's types and remembered, and nothing acts on it; those "
    "of other vendors than AWS can be imported by the vendor's ids, and their drift is seen",
}


def every_type() -> list[TypeFidelity]:
    """All served types: those that run first, each kind in the order of their names."""
    order = list(Fidelity)
    found = [*aws.every_type(), *images.every_type(), *kubernetes.every_type(), *saas.every_type(), *tls.every_type()]
    return sorted(found, key=lambda row: (order.index(row.fidelity), row.type))


def page() -> str:
    """docs/fidelity.md."""
    rows = every_type()
    return "\n".join([_INTRODUCTION, *(line for kind in Fidelity for line in _section(kind, rows))]) + "\n"


def _section(kind: Fidelity, rows: list[TypeFidelity]) -> Iterable[str]:
    yield f"\n## {kind.value.capitalize()}\n"
    yield f"{MEANINGS[kind][0].upper()}{MEANINGS[kind][1:]}.\n"
    yield "| resource type | inputs handled | what stands behind it, and what is missing |"
    yield "|---|---|---|"
    for row in rows:
        if row.fidelity is kind:
            yield f"| `{row.type}` | {row.coverage} | {row.behind} |"


_INTRODUCTION = """\
# How far the sandbox can be trusted

<!-- Generated from the declarations by `python -m sandbox.fidelity`; a test holds it in step. -->

Every resource type that the sandbox serves, and what a rehearsal there proves. `./prakerja sandbox fidelity` prints the
same, with `--json` for machines. An input that the sandbox does not handle is refused by its name in the preview; a
resource type that is not in these tables is refused too.

All of it together: no IAM permission is enforced but login to the database and the cache, no security group filters, no
quota of AWS counts, and nothing costs or is throttled. Arguments of `aws` are checked against botocore's models too."""


def write_page() -> None:
    """Bring docs/fidelity.md up to date."""
    PAGE.write_text(page())


if __name__ == "__main__":
    write_page()
