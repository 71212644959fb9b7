"""The outputs as one page that stands by itself: no script, nothing loaded, both languages, fit to be printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from operations.outputs.cells import Cell, Table, is_marked, lines
from operations.outputs.drawing import drawing
from operations.outputs.numbers import numbers
from operations.outputs.tables import Chapter, chapters
from operations.outputs.words import Words

_STYLE = Path(__file__).with_name("page.css")
_TITLE = Words("Platform Kartu Prakerja", "The platform of Kartu Prakerja")
_LEAD = Words(
    "Dibuat dari keluaran stack Pulumi: apa yang dibuat program, bukan apa yang direncanakan. Baris berwarna kuning "
    "patut diperhatikan. Tidak ada nilai rahasia di halaman ini.",
    "Made from the Pulumi stack's outputs: what the program made, not what was planned. Yellow rows deserve a look. No "
    "secret value is on this page.",
)


def page(outputs: dict[str, Any]) -> str:
    """The page. Both languages are in it; which one is seen is switched by CSS alone."""
    parts = chapters(outputs)
    about = f"{outputs['environment']} · {outputs['region']} · {outputs['account_id']} · {outputs['site']['url']}"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="id">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            # Holds even if a value could smuggle markup in: nothing is fetched, nothing runs.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>Prakerja · {escape(outputs['environment'])}</title>",
            f"<style>\n{_STYLE.read_text()}</style>",
            "</head>",
            "<body>",
            '<input type="radio" name="language" id="indonesian" checked>',
            '<label for="indonesian" lang="id">Bahasa Indonesia</label>',
            '<input type="radio" name="language" id="english">',
            '<label for="english" lang="en">English</label>',
            "<main>",
            f"<h1>{_both(_TITLE)}</h1>",
            f"<p>{escape(about)}</p>",
            f"<p>{_both(_LEAD)}</p>",
            _contents(parts),
            _numbers(outputs),
            drawing(outputs),
            *(_chapter(part) for part in parts),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _contents(parts: Sequence[Chapter]) -> str:
    links = "".join(f'<li><a href="#{part.anchor}">{_both(part.title)}</a></li>' for part in parts)
    return f"<nav><ul>{links}</ul></nav>"


def _numbers(outputs: dict[str, Any]) -> str:
    rows = "".join(
        f'<div><dt>{_both(number.label)}</dt><dd id="number-{number.key}">{number.value}</dd></div>'
        for number in numbers(outputs)
    )
    return f'<dl class="numbers">{rows}</dl>'


def _chapter(part: Chapter) -> str:
    tables = "\n".join(_table(table) for table in part.tables if table.rows)
    return f'<section id="{part.anchor}"><h2>{_both(part.title)}</h2><p>{_both(part.lead)}</p>\n{tables}</section>'


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{_both(column)}</th>' for column in table.columns)
    rows = "\n".join(
        f"<tr{_look(table, number)}>{''.join(_cell(cell) for cell in row)}</tr>"
        for number, row in enumerate(table.rows)
    )
    return f"<h3>{_both(table.title)}</h3>\n<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _look(table: Table, row: int) -> str:
    return ' class="look"' if is_marked(table, row) else ""


def _cell(cell: Cell) -> str:
    texts = [_both(one) if isinstance(one, Words) else _breakable(one) for one in lines(cell)]
    return f"<td>{texts[0]}</td>" if len(texts) == 1 else f"<td>{''.join(f'<div>{text}</div>' for text in texts)}</td>"


def _breakable(text: str) -> str:
    """Long names break where their parts meet, before they break anywhere."""
    return re.sub("([:/.])(?=.)", r"\1<wbr>", escape(text, quote=False))


def _both(text: Words) -> str:
    if text.indonesian == text.english:
        return escape(text.english)
    return f'<span lang="id">{escape(text.indonesian)}</span><span lang="en">{escape(text.english)}</span>'
