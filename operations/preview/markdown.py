"""The report as Markdown for a pull request: under 60,000 characters, whatever the change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from operations.preview import text
from operations.preview.report import PolicyResult, PolicySummary, Report, Row, Section
from operations.preview.risks import Risk

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")
_ICONS = {0: "✅", 1: "❌", 6: "🔷", 7: "🛑", 8: "🚫"}


def render(report: Report) -> str:
    """The report's text."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    compared = report.compared
    yield f"## {_ICONS[report.exit_code]} Preview: {text.verdict(report)}"
    yield ""
    yield (
        f"{_escaped(compared.change)} against {_escaped(compared.base)}, settings of `{compared.settings}`: "
        f"{text.totals(report)}."
    )
    state = [line for section in report.sections if section.risk is Risk.STATE for line in _state(section)]
    budget = text.Budget(sum(map(len, state)))
    if report.errors:
        yield from _errors(report.errors, budget.errors)
    yield from state
    if report.policies is not None:
        yield from _policies(report.policies, budget.policies)
    for section in report.sections:
        if section.risk is not Risk.STATE:
            yield from _section(section, budget.section(section.risk))
    if report.warnings:
        yield from ("", f"### {text.counted(len(report.warnings), 'warning')}", "")
        warnings = text.fit(report.warnings, _warning, budget.warnings)
        yield from warnings.shown
        yield from _left_out(len(warnings.left_out), "warning")
    yield ""
    yield f"<sub>{_escaped(compared.checked_by)} The whole of it is in `report.json`.</sub>"


def _errors(errors: Sequence[str], budget: int) -> Iterator[str]:
    yield from ("", "### The preview failed", "")
    found = text.fit(errors, _error, budget)
    yield from found.shown
    yield from _left_out(len(found.left_out), "error")
    yield from ("", text.INCOMPLETE)


def _error(message: str) -> str:
    return f"- **error** {_escaped(text.error(message))}"


def _state(section: Section) -> Iterator[str]:
    yield from ("", f"### {text.TITLES[section.risk]}", "", "| | what | which | because of |", "|---|---|---|---|")
    yield from text.state_rows(section.rows, _state_row)


def _state_row(row: Row, rows: Sequence[Row]) -> str:
    replacing = text.details([one for one in row.properties if one.replaces])
    because = "<br>".join(_escaped(line) for line in [*(replacing or [text.causes(row)]), *row.notes])
    number = text.number(row)
    return (
        f"| **{text.VERBS[row.action]}**{number} | {_escaped(text.kind(row.type))} "
        f"| {_escaped(text.state_names(row, rows))} | {because} |"
    )


def _policies(policies: PolicySummary, budget: int) -> Iterator[str]:
    counts = policies.counts
    total = ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}" for kind in counts)
    yield from ("", f"### Policies: {total}", "")
    found = text.fit(text.alike(policies.findings), _policy, budget)
    yield from found.shown
    yield from _left_out(len(found.left_out), "finding")


def _policy(group: Sequence[PolicyResult]) -> str:
    found = group[0]
    result = "**fails**" if found.result == "fail" else found.result
    return f"- {result} · {found.severity} · `{found.rule}` · {_escaped(text.finding(group))}"


def _section(section: Section, budget: int) -> Iterator[str]:
    folded = section.risk in {Risk.OTHER, Risk.TAGS}
    title = f"{text.TITLES[section.risk]} ({text.counted(section.resources, 'resource')})"
    if folded:
        yield from ("", f"<details><summary>{title}</summary>", "")
    else:
        yield from ("", f"### {title}", "")
    found = text.fit(text.folded(section), _row, budget)
    yield from found.shown
    yield from _left_out(len(found.left_out), "row", sum(len(row.names) for row in found.left_out))
    if folded:
        yield from ("", "</details>")


def _row(row: Row) -> str:
    number = text.number(row)
    line = f"- {text.VERBS[row.action]}{number} {_escaped(text.kind(row.type))}: {_escaped(text.names(row))}"
    said = [*text.details(row.properties), *row.notes]
    return line + "".join(f"<br>{_escaped(one)}" for one in said)


def _warning(message: str) -> str:
    return f"- {_escaped(text.sentence(message))}"


def _left_out(number: int, what: str, resources: int = 0) -> Sequence[str]:
    if not number:
        return ()
    of = f" with {text.counted(resources, 'resource')}" if resources else ""
    return (f"- … and {text.counted(number, what)} more{of}, in `report.json`",)


def _escaped(given: str) -> str:
    """Text that Markdown shows as it is; a name can't open a link, an image or a mention."""
    return _SPECIAL.sub(r"\\\1", " ".join(given.split())).replace("@", "@\u2060")
