"""A preview's report: rows of like changes in sections by risk, and what the policies say. Its JSON Schema is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from operations.exit_codes import ExitCode
from operations.preview.changes import Action, Change, Changes, Property
from operations.preview.risks import STATEFUL, Risk, risk_of

NOT_IN_PROGRAM = "no longer in the program"

Verdict: TypeAlias = Literal["no changes", "incomplete", "changes", "destructive change", "policy failed"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PropertyRow(_Model):
    """A property that differs in all resources of a row.

    before, after: as JSON; null where there is none, or where they are not the same in all of them.
    """

    path: str
    before: Any = None
    after: Any = None
    replaces: bool = False


class Row(_Model):
    """Resources that the same is done to, by the same properties."""

    action: Action
    type: str
    names: list[str] = Field(description="Names in the program, sorted")
    urns: list[str]
    causes: list[str] = Field(description="Why they are destroyed or replaced: property paths, or a sentence")
    properties: list[PropertyRow]
    notes: list[str]


class Section(_Model):
    """The rows of one risk, the gravest first."""

    risk: Risk
    resources: int
    rows: list[Row]


class PolicyResult(_Model):
    """One result of one rule for one resource, as the policies' results file has it."""

    rule: str
    urn: str
    type: str
    result: Literal["pass", "fail", "waived", "not_applicable", "unknown"]
    message: str
    severity: Literal["critical", "high", "medium", "low"]
    waiver: dict[str, Any] | None = None


class PolicySummary(_Model):
    """How many results of each kind, and those that somebody must look at."""

    counts: dict[str, int]
    findings: list[PolicyResult] = Field(description="What fails, is waived, or can't be decided before the change")


class Compared(_Model):
    """What was compared with what.

    base: the revision, or the cloud as it is. settings: whose settings. checked_by: which cloud answered.
    """

    base: str
    change: str
    settings: str
    checked_by: str


class Report(_Model):
    """All that a preview found. `verdict` is the exit code's meaning; `counts` are resources by action."""

    schema_version: Literal[1] = 1
    compared: Compared
    verdict: Verdict
    exit_code: Literal[0, 1, 6, 7, 8]
    errors: list[str] = Field(
        description="Why the preview failed; empty where it did not. With any, all else is what was found till then: "
        "more may change, and nothing is known of deletions."
    )
    counts: dict[str, int]
    unchanged: int
    sections: list[Section]
    policies: PolicySummary | None = Field(
        description="null where no policies were run, or none left results, which is an error"
    )
    warnings: list[str]


def build(compared: Compared, found: Changes, policies: Sequence[PolicyResult] | None) -> Report:
    """The report of what was found. policies: the results, None where none were run."""
    sections = [
        Section(risk=risk, resources=len(changes), rows=_rows(changes, found.changes))
        for risk in Risk
        if (changes := [change for change in found.changes if risk_of(change) is risk])
    ]
    summary = None if policies is None else _summary(policies)
    code = _exit_code(found, sections, summary)
    return Report(
        compared=compared,
        verdict=_VERDICTS[code],
        exit_code=code.value,
        errors=list(found.errors),
        counts={action.value: sum(one.action is action for one in found.changes) for action in Action},
        unchanged=found.unchanged,
        sections=sections,
        policies=summary,
        warnings=list(found.warnings),
    )


_VERDICTS: Mapping[ExitCode, Verdict] = {
    ExitCode.DONE: "no changes",
    ExitCode.FAILED: "incomplete",
    ExitCode.CHANGES_FOUND: "changes",
    ExitCode.DESTRUCTIVE_CHANGE_FOUND: "destructive change",
    ExitCode.POLICY_FAILED: "policy failed",
}


def _exit_code(found: Changes, sections: Sequence[Section], policies: PolicySummary | None) -> ExitCode:
    """The gravest of what was found: what is destroyed can't be had again, what a policy forbids isn't there yet.

    What an error has cut short is no verdict, however grave what was found till then.
    """
    if found.errors:
        return ExitCode.FAILED
    if any(section.risk is Risk.STATE for section in sections):
        return ExitCode.DESTRUCTIVE_CHANGE_FOUND
    if policies is not None and policies.counts["fail"]:
        return ExitCode.POLICY_FAILED
    return ExitCode.CHANGES_FOUND if found.changes else ExitCode.DONE


def _rows(changes: Sequence[Change], everything: Sequence[Change]) -> list[Row]:
    alike: dict[object, list[Change]] = {}
    for change in changes:
        shape = tuple((found.path, found.replaces) for found in change.properties)
        alike.setdefault(
            (change.action, change.type, shape, change.kept, change.replacement_unknown, change.refused), []
        ).append(change)
    order = list(Action)
    rows = [_row(sorted(group, key=_counting), everything) for group in alike.values()]
    return sorted(rows, key=lambda row: (order.index(row.action), row.type not in STATEFUL, -len(row.names), row.type))


def _counting(change: Change) -> list[tuple[bool, int, str]]:
    """Sorts names as people count: 2 before 10."""
    parts = re.split(r"(\d+)", change.name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _row(group: Sequence[Change], everything: Sequence[Change]) -> Row:
    first = group[0]
    return Row(
        action=first.action,
        type=first.type,
        names=[one.name for one in group],
        urns=[one.urn for one in group],
        causes=_causes(first, everything),
        properties=[_property_row(found, group, index) for index, found in enumerate(first.properties)],
        notes=_notes(first),
    )


def _property_row(found: Property, group: Sequence[Change], index: int) -> PropertyRow:
    of_all = [change.properties[index] for change in group]
    same = all((one.before, one.after) == (found.before, found.after) for one in of_all)
    before, after = (found.before, found.after) if same else (None, None)
    return PropertyRow(path=found.path, before=before, after=after, replaces=found.replaces)


def _causes(change: Change, everything: Sequence[Change]) -> list[str]:
    if change.action is Action.DELETE:
        made = [one.name for one in everything if one.action is Action.CREATE and one.type == change.type]
        hint = f"; {made[0]} is made: a resource with a new name needs an alias" if made else ""
        return [NOT_IN_PROGRAM + hint]
    replacing = [found.path for found in change.properties if found.replaces]
    if change.action is Action.REPLACE and not replacing:
        return ["the engine names no property"]
    return replacing


def _notes(change: Change) -> list[str]:
    notes = []
    if change.refused:
        notes.append("refused by pulumi up while it is protected")
    if change.kept:
        notes.append("stays in the cloud; only the stack forgets it")
    if change.replacement_unknown:
        notes.append("whether it is replaced is not known; counted as replaced")
    return notes


def _summary(results: Iterable[PolicyResult]) -> PolicySummary:
    results = list(results)
    severities = ["critical", "high", "medium", "low"]
    kinds = ["fail", "unknown", "waived"]
    findings = [one for one in results if one.result in kinds]
    findings.sort(key=lambda one: (kinds.index(one.result), severities.index(one.severity), one.rule, one.urn))
    counted = ("pass", "fail", "waived", "not_applicable", "unknown")
    return PolicySummary(
        counts={kind: sum(one.result == kind for one in results) for kind in counted}, findings=findings
    )


def read_policy_results(text: str) -> list[PolicyResult]:
    """The policies' results file. Raises pydantic.ValidationError where it is none."""
    return [PolicyResult.model_validate(one) for one in json.loads(text)["results"]]


def schema() -> str:
    """The JSON Schema of report.json, as operations/preview/report.schema.json keeps it."""
    return json.dumps(Report.model_json_schema(), indent=2) + "\n"
