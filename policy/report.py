"""Results as people and machines read them: terminal, JSON, SARIF 2.1.0, JUnit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

from policy.controls import CONTROLS, Severity
from policy.results import Result, Verdict, document

_GRAVEST_FIRST = [severity.value for severity in Severity]
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# SARIF's kinds: "open" is for what can't be decided yet. Only a failure has a level.
_SARIF_KINDS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.WAIVED: "fail",
    Verdict.NOT_APPLICABLE: "notApplicable",
    Verdict.UNKNOWN: "open",
}
_SARIF_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
# What code scanning sorts by: CVSS's bands.
_SECURITY_SEVERITY = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
# Results are of resources, not of lines: the file that makes all of them stands for the place.
_PROGRAM = "__main__.py"


def terminal(results: Sequence[Result]) -> str:
    """What fails, gravest first, then what is not known and what is waived; at the end the counts of all five."""
    lines: list[str] = []
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WAIVED):
        for result in sorted(_of(results, verdict), key=lambda one: _GRAVEST_FIRST.index(one.severity)):
            lines.append(f"{verdict.value.upper():8} {result.severity:9} {result.rule:20} {_name(result)}")
            lines.append(f"         {_explanation(result)}")
            if verdict is Verdict.FAIL:
                lines.append(f"         {result.urn}")
                lines.append(f"         → {CONTROLS[result.rule].remedy}")
    counts = Counter(result.result for result in results)
    lines.append(" · ".join(f"{counts[verdict]} {verdict.value.replace('_', ' ')}" for verdict in Verdict))
    return "\n".join(lines) + "\n"


def as_json(results: Sequence[Result]) -> str:
    """As in the results file: policy/results.schema.json."""
    return json.dumps(document(results), indent=1) + "\n"


def sarif(results: Sequence[Result]) -> str:
    """One run of SARIF 2.1.0."""
    rules = list(CONTROLS)
    driver = {"name": "prakerja policy", "rules": [_sarif_rule(rule) for rule in rules]}
    run = {"tool": {"driver": driver}, "results": [_sarif_result(result, rules) for result in results]}
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def junit(results: Sequence[Result]) -> str:
    """One test suite a rule, one test case a resource; what is not known or doesn't apply is skipped."""
    root = ElementTree.Element("testsuites", name="prakerja policy")
    for rule, control in CONTROLS.items():
        judged = [result for result in results if result.rule == rule]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"{rule}: {control.title}",
            tests=str(len(judged)),
            failures=str(len(_of(judged, Verdict.FAIL))),
            errors="0",
            skipped=str(sum(result.result not in (Verdict.FAIL, Verdict.PASS) for result in judged)),
        )
        for result in judged:
            _junit_case(suite, result)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


FORMATS: dict[str, Callable[[Sequence[Result]], str]] = {
    "terminal": terminal,
    "json": as_json,
    "sarif": sarif,
    "junit": junit,
}


def _of(results: Sequence[Result], verdict: Verdict) -> list[Result]:
    return [result for result in results if result.result is verdict]


def _name(result: Result) -> str:
    return f"{result.urn.rpartition('::')[2]} ({result.type})" if result.urn else "-"


def _explanation(result: Result) -> str:
    if result.waiver is None:
        return result.message
    waiver = result.waiver
    return f"{result.message}; waived until {waiver['expires']} by {waiver['approver']}: {waiver['reason']}"


def _sarif_rule(rule: str) -> dict[str, Any]:
    control = CONTROLS[rule]
    clauses = [f"{framework.value}: {clause}" for framework, found in control.serves.items() for clause in found]
    return {
        "id": rule,
        "shortDescription": {"text": control.title},
        "help": {"text": control.remedy},
        "defaultConfiguration": {"level": _SARIF_LEVELS[control.severity]},
        "properties": {"security-severity": _SECURITY_SEVERITY[control.severity], "tags": ["security", *clauses]},
    }


def _sarif_result(result: Result, rules: Sequence[str]) -> dict[str, Any]:
    failed = result.result in (Verdict.FAIL, Verdict.WAIVED)
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _PROGRAM}, "region": {"startLine": 1}}}
    if result.urn:
        logical = {"name": result.urn.rpartition("::")[2], "fullyQualifiedName": result.urn, "kind": "resource"}
        location["logicalLocations"] = [logical]
    found: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": rules.index(result.rule),
        "kind": _SARIF_KINDS[result.result],
        "level": _SARIF_LEVELS[CONTROLS[result.rule].severity] if failed else "none",
        "message": {"text": f"{_name(result)}: {_explanation(result) or 'as it must be'}"},
        "locations": [location],
        "partialFingerprints": {"ruleAndResource/v1": f"{result.rule} {result.urn}"},
    }
    if result.waiver is not None:
        justification = f"{result.waiver['reason']} (until {result.waiver['expires']}, {result.waiver['approver']})"
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return found


def _junit_case(suite: ElementTree.Element, result: Result) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=result.rule, name=result.urn or result.rule)
    if result.result is Verdict.FAIL:
        failure = ElementTree.SubElement(case, "failure", message=result.message, type=result.severity)
        failure.text = CONTROLS[result.rule].remedy
    elif result.result is not Verdict.PASS:
        ElementTree.SubElement(case, "skipped", message=f"{result.result.value}: {_explanation(result)}")
