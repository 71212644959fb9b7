"""Reports say all five results, in the form that their readers expect."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from policy.controls import CONTROLS
from policy.report import FORMATS, as_json, junit, sarif, terminal
from policy.results import Result, Verdict, load, write
from tests.policy.stacks import waiver

pytestmark = pytest.mark.unit

SCHEMA = Path(__file__).parents[2] / "policy/results.schema.json"
URN = "urn:pulumi:prod::prakerja::aws:ec2/instance:Instance::"
RESULTS = [
    Result(
        rule="imds-v1",
        urn=URN + verdict.value,
        type="aws:ec2/instance:Instance",
        result=verdict,
        message="" if verdict is Verdict.PASS else f"it is {verdict.value} <&>",
        waiver=waiver().as_json() if verdict is Verdict.WAIVED else None,
    )
    for verdict in Verdict
] + [Result(rule="log-retention", urn="", type="", result=Verdict.FAIL, message="too short")]


def test_the_results_file_obeys_its_schema_and_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write(path, RESULTS)
    document = json.loads(path.read_text())
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)
    assert json.loads(as_json(RESULTS)) == document
    assert load(path) == RESULTS
    assert list(tmp_path.iterdir()) == [path]


def test_the_terminal_has_what_fails_first_gravest_in_front_and_counts_all() -> None:
    lines = terminal(RESULTS).splitlines()
    verdicts = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert verdicts[:4] == ["FAIL", "FAIL", "UNKNOWN", "WAIVED"]
    assert lines[0].split()[2] == "imds-v1"
    assert lines[-1] == "1 pass · 2 fail · 1 waived · 1 not applicable · 1 unknown"
    assert CONTROLS["imds-v1"].remedy in terminal(RESULTS)


def test_sarif_has_a_rule_for_each_result_and_tells_the_five_apart() -> None:
    """Its form was held against OASIS's own schema of SARIF 2.1.0 when it was written."""
    document = json.loads(sarif(RESULTS))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CONTROLS)
    told_apart = set()
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert (result["kind"] == "fail") == (result["level"] != "none")
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "__main__.py"
        told_apart.add((result["kind"], "suppressions" in result))
    assert len(told_apart) == len(Verdict)


def test_sarif_carries_the_waivers_reason() -> None:
    (run,) = json.loads(sarif(RESULTS))["runs"]
    (suppressed,) = (result for result in run["results"] if "suppressions" in result)
    assert waiver().reason in suppressed["suppressions"][0]["justification"]


def test_junits_counts_are_those_of_its_cases() -> None:
    root = ElementTree.fromstring(junit(RESULTS))  # noqa: S314 - our own
    assert root.tag == "testsuites"
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite)
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    cases = {case.attrib["name"]: [child.tag for child in case] for case in root.iter("testcase")}
    assert cases[URN + "pass"] == []
    assert cases[URN + "fail"] == ["failure"]
    assert {tuple(cases[URN + verdict]) for verdict in ("waived", "unknown", "not_applicable")} == {("skipped",)}


@pytest.mark.parametrize("form", FORMATS)
def test_no_results_make_a_report_too(form: str) -> None:
    assert FORMATS[form]([])
