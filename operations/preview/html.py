"""The report as one HTML page, that needs nothing else: what the Markdown has, under 60,000 characters too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from operations.preview import text
from operations.preview.report import PolicyResult, PolicySummary, Report, Row, Section
from operations.preview.risks import Risk

_STYLE = """
:root{color-scheme:light dark;--line:#d5dae1;--soft:#f4f6f9;--dim:#5a6472;--bad:#b3261e;--warn:#8a5a00}
@media(prefers-color-scheme:dark){:root{--line:#39414d;--soft:#1d2229;--dim:#9aa5b4;--bad:#ff8a80;--warn:#f0c060}}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1.25rem}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p,.dim{color:var(--dim)}.v1 h1,.v7 h1,.v8 h1,.fail{color:var(--bad)}.unknown,.waived{color:var(--warn)}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.45rem .7rem;
border-bottom:1px solid var(--line);overflow-wrap:anywhere}th{color:var(--dim);font-weight:500;font-size:.85rem}
td:first-child{white-space:nowrap;width:8rem}td:nth-child(2){width:24%}.state td{background:var(--soft)}
.state td:first-child{color:var(--bad);font-weight:600}code,.how{font:13px/1.45 ui-monospace,monospace}
.how{color:var(--dim)}summary{cursor:pointer;font-size:1.1rem;font-weight:600;margin:2rem 0 .5rem}
"""


def render(report: Report) -> str:
    """The page."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    compared = report.compared
    title = f"Preview: {text.verdict(report)}"
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f'<title>{escape(title)}</title><style>{_STYLE}</style></head><body class="v{report.exit_code}">'
    yield f"<h1>{escape(title)}</h1>"
    yield f"<p>{escape(compared.change)} against {escape(compared.base)}, settings of <code>"
    yield f"{escape(compared.settings)}</code>: {escape(text.totals(report))}.</p>"
    state = [line for section in report.sections if section.risk is Risk.STATE for line in _state(section)]
    budget = text.Budget(sum(map(len, state)) + len(_STYLE))
    if report.errors:
        yield from _errors(report.errors, budget.errors)
    yield from state
    if report.policies is not None:
        yield from _policies(report.policies, budget.policies)
    for section in report.sections:
        if section.risk is not Risk.STATE:
            yield from _section(section, budget.section(section.risk))
    if report.warnings:
        yield f"<h2>{text.counted(len(report.warnings), 'warning')}</h2><ul>"
        warnings = text.fit(report.warnings, _warning, budget.warnings)
        yield from warnings.shown
        yield f"</ul>{_left_out(len(warnings.left_out), 'warning')}"
    yield f"<p>{escape(compared.checked_by)} The whole of it is in <code>report.json</code>.</p></body></html>"


def _errors(errors: Sequence[str], budget: int) -> Iterator[str]:
    yield "<h2>The preview failed</h2><ul>"
    found = text.fit(errors, _error, budget)
    yield from found.shown
    yield f"</ul>{_left_out(len(found.left_out), 'error')}<p>{escape(text.INCOMPLETE)}</p>"


def _error(message: str) -> str:
    return f'<li class="fail">{escape(text.error(message))}</li>'


def _state(section: Section) -> Iterator[str]:
    yield f'<h2>{escape(text.TITLES[section.risk])}</h2><table class="state">'
    yield "<tr><th></th><th>what</th><th>which</th><th>because of</th></tr>"
    yield from text.state_rows(section.rows, _state_row)
    yield "</table>"


def _state_row(row: Row, rows: Sequence[Row]) -> str:
    replacing = text.details([one for one in row.properties if one.replaces])
    because = [*(replacing or [text.causes(row)]), *row.notes]
    return _cells(row, escape(text.state_names(row, rows)), _how(because))


def _policies(policies: PolicySummary, budget: int) -> Iterator[str]:
    total = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in policies.counts.items())
    yield f"<h2>Policies: {escape(total)}</h2>"
    found = text.fit(text.alike(policies.findings), _policy, budget)
    if found.shown:
        yield "<table><tr><th>result</th><th>rule</th><th>finding</th></tr>"
        yield from found.shown
        yield "</table>"
    yield _left_out(len(found.left_out), "finding")


def _policy(group: Sequence[PolicyResult]) -> str:
    found = group[0]
    return (
        f'<tr><td class="{found.result}">{found.result} · {found.severity}</td><td><code>{escape(found.rule)}</code>'
        f"</td><td>{escape(text.finding(group))}</td></tr>"
    )


def _section(section: Section, budget: int) -> Iterator[str]:
    found = text.fit(text.folded(section), _row, budget)
    title = escape(f"{text.TITLES[section.risk]} ({text.counted(section.resources, 'resource')})")
    unfolded = " open" if section.risk in {Risk.EXPOSURE, Risk.REPLACEMENT} else ""
    yield f"<details{unfolded}><summary>{title}</summary>"
    yield "<table><tr><th></th><th>what</th><th>which, and how</th></tr>"
    yield from found.shown
    left = found.left_out
    yield f"</table>{_left_out(len(left), 'row', sum(len(row.names) for row in left))}</details>"


def _row(row: Row) -> str:
    return _cells(row, escape(text.names(row)) + _how([*text.details(row.properties), *row.notes], "<br>"))


def _cells(row: Row, *cells: str) -> str:
    what = f"<td>{text.VERBS[row.action]}{text.number(row)}</td><td>{escape(text.kind(row.type))}</td>"
    return f"<tr>{what}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _how(lines: Sequence[str], before: str = "") -> str:
    return f'{before}<span class="how">{"<br>".join(map(escape, lines))}</span>' if lines else ""


def _warning(message: str) -> str:
    return f"<li>{escape(text.sentence(message))}</li>"


def _left_out(number: int, what: str, resources: int = 0) -> str:
    if not number:
        return ""
    of = f" with {text.counted(resources, 'resource')}" if resources else ""
    return f"<p>… and {text.counted(number, what)} more{of}, in <code>report.json</code>.</p>"
