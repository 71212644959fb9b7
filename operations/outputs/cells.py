"""What a table of the outputs is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from operations.outputs.words import Words

# Words in both languages, text that is the same in both, or several of them, one a line.
Cell = str | Words | Sequence["str | Words"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """marked: for each row whether it deserves a look; empty where none does."""

    title: Words
    columns: Sequence[Words]
    rows: Sequence[Sequence[Cell]]
    marked: Sequence[bool] = field(default=())


def lines(cell: Cell) -> list[str | Words]:
    """A cell's lines."""
    return [cell] if isinstance(cell, str | Words) else list(cell)


def is_marked(table: Table, row: int) -> bool:
    """Whether a row of a table deserves a look."""
    return row < len(table.marked) and table.marked[row]
