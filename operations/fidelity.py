"""`./prakerja sandbox fidelity`: how much stands behind each resource type in the sandbox."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.table import Table

from operations.console import out


def print_fidelity(*, as_json: bool) -> None:
    """Print every served type: from the provider's declarations, so it needs nothing that runs."""
    from sandbox.fidelity import MEANINGS, every_type  # imports much of pulumi-aws, for seconds

    rows = every_type()
    if as_json:
        print(json.dumps([{**asdict(row), "fidelity": row.fidelity.value} for row in rows], indent=2))
        return
    table = Table("resource type", "", "inputs", "what stands behind it, and what is missing", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row.type, row.fidelity.value, row.coverage, row.behind)
    out.print(table)
    for fidelity, meaning in MEANINGS.items():
        out.print(f"[bold]{fidelity.value}[/bold]: {meaning}")
