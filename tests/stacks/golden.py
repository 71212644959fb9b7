"""The identities of all resources, as last agreed to. `python -m tests.stacks.golden` writes them anew.

A resource whose URN is gone from here is one that the next update deletes: look twice where it holds data.
"""

from __future__ import annotations

from pathlib import Path

from tests.stacks.environments import run_program

GOLDEN = Path(__file__).parent / "golden"


def golden_file(stack: str) -> Path:
    return GOLDEN / f"{stack}.urns"


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for stack in ("dev", "prod"):
        golden_file(stack).write_text("\n".join(run_program(stack).urns()) + "\n")
