"""The outputs as tables in a terminal."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table as RichTable

from operations.console import out
from operations.outputs.cells import Cell, Table, is_marked, lines
from operations.outputs.numbers import numbers
from operations.outputs.tables import chapters
from operations.outputs.words import Words


def print_tables(outputs: dict[str, Any]) -> None:
    """Print all of the outputs. What deserves a look is yellow."""
    summary = RichTable(title=f"{outputs['environment']} · {outputs['region']} · {outputs['account_id']}")
    summary.add_column("")
    summary.add_column("", justify="right")
    for number in numbers(outputs):
        summary.add_row(escape(number.label.english), str(number.value))
    out.print(summary)
    for chapter in chapters(outputs):
        for table in chapter.tables:
            if table.rows:
                out.print(_table(table))


def _table(table: Table) -> RichTable:
    shown = RichTable(title=escape(table.title.english), title_justify="left")
    for column in table.columns:
        shown.add_column(escape(column.english), overflow="fold")
    for number, row in enumerate(table.rows):
        shown.add_row(*(_cell(cell) for cell in row), style="yellow" if is_marked(table, number) else None)
    return shown


def _cell(cell: Cell) -> str:
    return "\n".join(escape(one.english if isinstance(one, Words) else one) for one in lines(cell))
