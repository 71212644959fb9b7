"""What the report's forms share: titles, short forms of values, and how much of a section fits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from operations.preview.changes import Action
from operations.preview.report import PolicyResult, PropertyRow, Report, Row, Section
from operations.preview.risks import Risk

LONGEST_REPORT = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""

TITLES = {
    Risk.STATE: "Destroys or replaces what holds state",
    Risk.EXPOSURE: "Exposure, permissions and safeguards",
    Risk.REPLACEMENT: "Destroys or replaces what holds no state",
    Risk.OTHER: "Other changes",
    Risk.TAGS: "Tags only",
}
VERBS = {Action.DELETE: "delete", Action.REPLACE: "replace", Action.CREATE: "create", Action.UPDATE: "update"}

# Of the whole, what each section may take. What destroys state comes before all of them and is never cut: where it
# takes more, they have less.
_STATE_BUDGET = 14_000
_POLICY_BUDGET = 10_000
_WARNING_BUDGET = 2_000
_ERROR_BUDGET = 4_000
_BUDGETS = {Risk.EXPOSURE: 12_000, Risk.REPLACEMENT: 8_000, Risk.OTHER: 8_000, Risk.TAGS: 3_000}
_FRAME = 2_500  # headings, the summary, the page

_FEW_ROWS = 10
_LONGEST_VALUE = 100
_LONGEST_NAME = 80
_LONGEST_LINE = 300
_LONGEST_SENTENCE = 400
_LONGEST_ERROR = 1_000

INCOMPLETE = (
    "What follows is what was found till then, and is incomplete: more may change, and what is deleted is found last. "
    "What the policies do not know yet counts as unknown."
)
"""Said beneath the errors of a preview that failed."""

Item = TypeVar("Item")


class Budget:
    """What is left for each section beside the rows that destroy state. taken: the characters of these."""

    def __init__(self, taken: int) -> None:
        others = _ERROR_BUDGET + _POLICY_BUDGET + _WARNING_BUDGET + sum(_BUDGETS.values())
        self._scale = max(0.0, min(1.0, (LONGEST_REPORT - _FRAME - taken) / others))

    @property
    def errors(self) -> int:
        """For the errors."""
        return int(_ERROR_BUDGET * self._scale)

    @property
    def policies(self) -> int:
        """For the policies' findings."""
        return int(_POLICY_BUDGET * self._scale)

    @property
    def warnings(self) -> int:
        """For the warnings."""
        return int(_WARNING_BUDGET * self._scale)

    def section(self, risk: Risk) -> int:
        """For the rows of a risk."""
        return int(_BUDGETS[risk] * self._scale)


@dataclass(frozen=True)
class Fitted(Generic[Item]):
    """What fits of a list, rendered, and what does not."""

    shown: list[str]
    left_out: list[Item]


def fit(items: Sequence[Item], render: Callable[[Item], str], budget: int) -> Fitted[Item]:
    """As many of the first items as their renderings fit into a budget of characters."""
    shown: list[str] = []
    for index, item in enumerate(items):
        text = render(item)
        budget -= len(text) + 1
        if budget < 0:
            return Fitted(shown, list(items[index:]))
        shown.append(text)
    return Fitted(shown, [])


def state_rows(rows: Sequence[Row], render: Callable[[Row, Sequence[Row]], str]) -> list[str]:
    """The rows that destroy state: all of them, merged by type where they are many.

    They fit for certain then, as there are few types that hold state.
    """
    shown = [render(row, rows) for row in rows]
    if sum(map(len, shown)) <= _STATE_BUDGET:
        return shown
    by_type: dict[tuple[Action, str], list[Row]] = {}
    for row in rows:
        by_type.setdefault((row.action, row.type), []).append(row)
    merged = [_merged(group) for group in by_type.values()]
    return [render(row, merged) for row in merged]


def folded(section: Section) -> list[Row]:
    """A section's rows; where only tags change, the type of what bears them makes no difference."""
    if section.risk is not Risk.TAGS:
        return section.rows
    alike: dict[str, list[Row]] = {}
    for row in section.rows:
        alike.setdefault(repr(row.properties), []).append(row)
    rows = [_merged(group, several=f"of {len(group)} types", keep=True) for group in alike.values()]
    return sorted(rows, key=lambda row: -len(row.names))


def _merged(rows: Sequence[Row], *, several: str = "", keep: bool = False) -> Row:
    """One row for several. several: what to say of their types. keep: whether their properties are the same."""
    first = rows[0]
    causes = list(dict.fromkeys(cause for row in rows for cause in row.causes))
    return first.model_copy(
        update={
            "names": [name for row in rows for name in row.names],
            "urns": [urn for row in rows for urn in row.urns],
            "causes": causes,
            "type": several if several and len(rows) > 1 else first.type,
            "properties": first.properties if keep else [],
            "notes": list(dict.fromkeys(note for row in rows for note in row.notes)),
        }
    )


def state_names(row: Row, rows: Sequence[Row]) -> str:
    """The names of a row that destroys state: more of them where there are few rows."""
    return names(row, 20 if len(rows) <= _FEW_ROWS else 3)


def names(row: Row, most: int = 5) -> str:
    """The first names of a row, and how many more there are."""
    return _listed(row.names, most)


def _listed(all_names: Sequence[str], most: int) -> str:
    shown = [shortened(name, _LONGEST_NAME) for name in all_names[:most]]
    more = len(all_names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def number(row: Row) -> str:
    """How many resources a row is about, where it is more than one."""
    return f" × {len(row.names)}" if len(row.names) > 1 else ""  # noqa: RUF001 - "times"


def kind(type_token: str) -> str:
    """A type as people call it: `aws:rds/instance:Instance` is `rds.Instance`."""
    package, separator, rest = type_token.partition(":")
    if not separator:
        return type_token
    module, _, name = rest.rpartition(":")
    group = module.partition("/")[0]
    prefix = group if package == "aws" else f"{package}.{group}"
    return f"{prefix}.{name}"


def details(properties: Sequence[PropertyRow], most: int = 6) -> list[str]:
    """Lines that say how properties differ."""
    properties = [one for one in properties if not one.path.startswith("tags")] or properties  # they tell least
    lines = [line for one in properties[:most] for line in _detail(one)]
    more = len(properties) - most
    return [*lines, f"and {more} more"] if more > 0 else lines


def _detail(one: PropertyRow) -> Iterable[str]:
    path = shortened(one.path, _LONGEST_LINE)
    if one.before is None and one.after is None:
        yield path
        return
    documents = _document(one.before), _document(one.after)
    if isinstance(documents[0], (dict, list)) and isinstance(documents[1], (dict, list)):
        before, after = (set(_leaves(document, "")) for document in documents)
        yield f"{path}:" + "".join(_some("removed", before - after)) + "".join(_some("added", after - before))
        return
    yield f"{path}: {value(one.before)} → {value(one.after)}"


def _some(sign: str, leaves: set[str], most: int = 4) -> Iterable[str]:
    for leaf in sorted(leaves)[:most]:
        yield f" {sign} {shortened(leaf, _LONGEST_VALUE)};"
    if len(leaves) > most:
        yield f" {sign} {len(leaves) - most} more;"


def _document(given: Any) -> Any:
    """A policy is a text with a document in it."""
    if isinstance(given, str) and given[:1] in "[{":
        try:
            return json.loads(given)
        except ValueError:
            return given
    return given


def _leaves(document: Any, path: str) -> Iterable[str]:
    if isinstance(document, dict):
        for name, item in document.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(document, list):
        for item in document:  # where in a list something stands tells nobody anything
            yield from _leaves(item, f"{path}[]")
    else:
        yield f"{path} = {json.dumps(document, ensure_ascii=False)}"


def value(given: Any) -> str:
    """A value in a few characters."""
    if given is None:
        return "none"
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return shortened(" ".join(text.split()), _LONGEST_VALUE) or '""'


def sentence(text: str) -> str:
    """A message on one line."""
    return shortened(" ".join(text.split()), _LONGEST_SENTENCE)


def error(text: str) -> str:
    """An error on one line: a longer one than other messages."""
    return shortened(" ".join(text.split()), _LONGEST_ERROR)


def shortened(text: str, longest: int) -> str:
    """A text with its middle left out where it is too long."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def verdict(report: Report) -> str:
    """What a reader should know first."""
    state = next((section for section in report.sections if section.risk is Risk.STATE), None)
    parts = []
    if state is not None:
        parts.append(
            f"{counted(state.resources, 'resource')} that hold{'s' if state.resources == 1 else ''} state "
            f"{'is' if state.resources == 1 else 'are'} destroyed or replaced"
        )
    if report.policies is not None and report.policies.counts["fail"]:
        parts.append(f"{counted(report.policies.counts['fail'], 'policy violation')}")
    if report.errors:
        return "; ".join(["incomplete, as it failed", *(f"till then {part}" for part in parts)])
    if not parts:
        parts.append("changes, none of which destroys state" if report.exit_code else "no changes")
    return "; ".join(parts)


def totals(report: Report) -> str:
    """How many resources each action is done to."""
    done = [f"{report.counts[action.value]} to {VERBS[action]}" for action in Action if report.counts[action.value]]
    return ", ".join([*done, f"{report.unchanged} unchanged"])


def counted(number: int, what: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def alike(findings: Iterable[PolicyResult]) -> list[list[PolicyResult]]:
    """A policy's findings in order, those together that say the same of several resources."""
    groups: dict[object, list[PolicyResult]] = {}
    for one in findings:
        waiver = (one.waiver or {}).get("reason"), (one.waiver or {}).get("expires")
        groups.setdefault((one.result, one.severity, one.rule, one.message, waiver), []).append(one)
    return list(groups.values())


def finding(group: Sequence[PolicyResult]) -> str:
    """What a policy finds of one resource or of several alike, in one line."""
    first = group[0]
    subjects = [one.urn.rpartition("::")[2] or "the stack" for one in group]
    waived = ""
    if first.waiver:
        waived = f" (waived until {first.waiver.get('expires')}: {first.waiver.get('reason')})"
    return sentence(f"{_listed(subjects, 5)}: {first.message}{waived}")


def causes(row: Row) -> str:
    """Why a row's resources are destroyed or replaced."""
    shown = [shortened(cause, _LONGEST_NAME * 2) for cause in row.causes[:5]]
    more = len(row.causes) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
