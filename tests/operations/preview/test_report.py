"""How changes are ranked and folded, and how long the report can get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from operations.preview import html, markdown
from operations.preview import report as reporting
from operations.preview.changes import read_changes
from operations.preview.report import Compared, PolicyResult, Report
from operations.preview.risks import STATEFUL, Risk
from operations.preview.text import LONGEST_REPORT, kind
from tests.operations.preview import events as made

pytestmark = pytest.mark.unit

_GOLDEN = Path(__file__).parent
_COMPARED = Compared(
    base="merge base with main (0123456789ab)",
    change="working tree at ba9876543210",
    settings="prod",
    checked_by="Checked in a sandbox.",
)


def report_of(events: list[made.Event], policies: list[PolicyResult] | None = None) -> Report:
    return reporting.build(_COMPARED, read_changes(events), policies)


def finding(result: str, severity: str = "high", number: int = 0, **more: Any) -> PolicyResult:
    return PolicyResult.model_validate(
        {
            "rule": "encryption",
            "urn": made.urn(made.BUCKET, f"bucket-{number}"),
            "type": made.BUCKET,
            "result": result,
            "message": "is not encrypted",
            "severity": severity,
            **more,
        }
    )


def risks(report: Report) -> list[Risk]:
    return [section.risk for section in report.sections]


def test_sections_come_in_the_order_of_risk_whatever_the_order_of_events() -> None:
    report = report_of(
        [
            made.retagged(made.ALARM, "alarm"),
            made.updated(made.ALARM, "other", "threshold", 1, 2),
            *made.replaced(made.TEMPLATE, "template", "namePrefix", "a", "b"),
            made.created(made.ROLE, "role"),
            *made.replaced(made.DATABASE, "database", "identifier", "a", "b"),
        ]
    )
    assert risks(report) == [Risk.STATE, Risk.EXPOSURE, Risk.REPLACEMENT, Risk.OTHER, Risk.TAGS]
    assert (report.verdict, report.exit_code) == ("destructive change", 7)
    assert report.counts == {"delete": 0, "replace": 2, "create": 1, "update": 2}


def test_the_property_that_replaces_is_named_and_others_are_not() -> None:
    old, new = {"identifier": "a", "port": 1}, {"identifier": "b", "port": 2}
    event = made.step(
        "replace", made.DATABASE, "database", old, new, {"identifier": "update-replace", "port": "update"}
    )
    assert report_of([event]).sections[0].rows[0].causes == ["identifier"]


def test_a_resource_that_only_changes_its_name_is_destroyed_and_the_way_out_is_said() -> None:
    (section,) = report_of([made.deleted(made.DATABASE, "old"), made.created(made.DATABASE, "new")]).sections[:1]
    (cause,) = section.rows[0].causes
    assert "new is made" in cause
    assert "alias" in cause


@pytest.mark.parametrize(
    ("path", "risk"),
    [("publiclyAccessible", Risk.EXPOSURE), ("deletionProtection", Risk.EXPOSURE), ("port", Risk.OTHER)],
)
def test_an_input_can_expose_or_unguard(path: str, risk: Risk) -> None:
    assert risks(report_of([made.updated(made.DATABASE, "database", path, False, True)])) == [risk]


def test_deleting_a_permission_or_an_opening_is_no_loss_of_state() -> None:
    assert risks(report_of([made.deleted(made.ROLE, "role"), made.deleted(made.GROUP, "rule")])) == [Risk.EXPOSURE]


def test_what_may_be_a_replacement_counts_as_one() -> None:
    warning = made.said("warning", "replacement unknown: x", made.urn(made.DATABASE, "database"))
    report = report_of([made.updated(made.DATABASE, "database", "storageType", "a", "b"), warning])
    assert report.exit_code == 7
    assert "not known" in report.sections[0].rows[0].notes[0]


def test_a_hundred_alike_are_one_row_and_a_different_one_is_another() -> None:
    events = [made.updated(made.ALARM, f"alarm-{number:03}", "threshold", 1, 2) for number in range(100)]
    events.append(made.updated(made.ALARM, "odd", "period", 1, 2))
    (section,) = report_of(events).sections
    assert [len(row.names) for row in section.rows] == [100, 1]
    assert (section.rows[0].properties[0].before, section.rows[0].properties[0].after) == (1, 2)


def test_values_that_differ_within_a_row_are_left_out() -> None:
    events = [made.updated(made.ALARM, f"alarm-{number}", "threshold", 1, number) for number in (2, 3)]
    found = report_of(events).sections[0].rows[0].properties[0]
    assert (found.before, found.after) == (None, None)


@pytest.mark.parametrize(
    ("events", "policies", "code"),
    [
        ([], None, 0),
        ([], [finding("pass"), finding("waived"), finding("unknown")], 0),
        ([made.retagged(made.ALARM, "alarm")], [], 6),
        ([made.retagged(made.ALARM, "alarm")], [finding("fail")], 8),
        ([made.deleted(made.BUCKET, "bucket")], [finding("fail")], 7),
    ],
)
def test_the_exit_code_is_the_gravest(events: list[made.Event], policies: list[PolicyResult] | None, code: int) -> None:
    assert report_of(events, policies).exit_code == code


REFUSED = made.said("error", "admission <refused> it " + "e" * 2000, made.urn(made.ROLE, "role"))


def test_what_failed_is_no_verdict_however_grave_what_was_found_till_then() -> None:
    report = report_of([made.deleted(made.BUCKET, "bucket"), REFUSED], [finding("fail"), finding("unknown")])
    assert (report.exit_code, report.verdict) == (1, "incomplete")
    assert report.errors == ["role: admission <refused> it " + "e" * 2000]
    assert [row.names for section in report.sections for row in section.rows] == [["bucket"]]
    assert report.policies is not None
    assert report.policies.counts == {"pass": 0, "fail": 1, "waived": 0, "not_applicable": 0, "unknown": 1}


@pytest.mark.parametrize(("form", "shown"), [(markdown, r"role: admission \<refused\>"), (html, "&lt;refused&gt;")])
def test_the_error_is_on_top_and_what_is_below_is_marked_as_incomplete(form: Any, shown: str) -> None:
    page = form.render(report_of([made.deleted(made.BUCKET, "bucket"), REFUSED], [finding("fail")]))
    assert "Preview: incomplete, as it failed; till then 1 resource" in page
    assert page.index("The preview failed") < page.index(shown) < page.index("is incomplete")
    assert page.index("is incomplete") < page.index("Destroys or replaces") < page.index("is not encrypted")


@pytest.mark.parametrize("form", [markdown, html])
def test_however_many_errors_there_are_the_report_is_short(form: Any) -> None:
    errors = [made.said("error", f"{number} " + "e" * 2000) for number in range(200)]
    page = form.render(report_of([*large_change(), *errors]))
    assert len(page) < LONGEST_REPORT
    assert "more, in" in page[page.index("The preview failed") :]


def test_violations_come_before_what_is_unknown_or_waived_and_grave_ones_first() -> None:
    results = [finding("unknown"), finding("pass"), finding("fail", "low"), finding("waived"), finding("fail", "high")]
    summary = report_of([], results).policies
    assert summary is not None
    assert [(one.result, one.severity) for one in summary.findings] == [
        ("fail", "high"),
        ("fail", "low"),
        ("unknown", "high"),
        ("waived", "high"),
    ]
    assert summary.counts == {"pass": 1, "fail": 2, "waived": 1, "not_applicable": 0, "unknown": 1}


def test_a_tag_on_everything_is_one_row_whatever_bears_it() -> None:
    events = [made.retagged(kind, f"it-{number}") for number in range(100) for kind in (made.ALARM, made.BUCKET)]
    report = report_of([*events, made.updated(made.ALARM, "other", "threshold", 1, 2)])
    comment = markdown.render(report)
    row = next(line for line in comment.splitlines() if "of 2 types" in line)
    assert row.startswith("- update × 200")  # noqa: RUF001
    assert comment.count("tags.owner") == 1


def test_findings_alike_are_one_row() -> None:
    comment = markdown.render(report_of([], [finding("fail", number=number) for number in range(100)]))
    assert comment.count("is not encrypted") == 1
    assert "and 95 more: is not encrypted" in comment


def large_change(number: int = 1000) -> list[made.Event]:
    """That many resources, hardly any two alike, and one database among them that is replaced."""
    events: list[made.Event] = []
    for index in range(number):
        name = f"production-something-with-a-long-name-{index:04}"
        value = {"text": "x" * 400, "number": index}
        kinds = [made.ALARM, made.ROLE, made.TEMPLATE, made.GROUP]
        if index % 5 == 4:
            events += made.replaced(made.TEMPLATE, name, f"property{index}", value, {**value, "number": -1})
        else:
            events.append(made.updated(kinds[index % 4], name, f"property{index}", value, {**value, "number": -1}))
    events[500:500] = made.replaced(made.DATABASE, "production-database", "kmsKeyId", "a", "b")
    return [*events, *(made.said("warning", f"warning {index} " + "w" * 500) for index in range(200))]


@pytest.mark.parametrize("form", [markdown, html])
def test_over_a_thousand_resources_the_report_is_short_and_the_destructive_row_on_top(form: Any) -> None:
    policies = [finding("fail", number=number, message=f"{number} " + "m" * 300) for number in range(500)]
    report = report_of(large_change(), policies)
    assert sum(section.resources for section in report.sections) == 1001
    text = form.render(report)
    assert len(text) < LONGEST_REPORT
    assert len(text.encode()) < 65_536
    top = text[: text.index("Policies")]
    assert "production-database" in top
    assert "kmsKeyId" in top


@pytest.mark.parametrize("form", [markdown, html])
def test_however_many_are_destroyed_no_type_of_them_is_left_out(form: Any) -> None:
    types = sorted(STATEFUL)
    events = [
        event
        for index in range(1000)
        for event in made.replaced(types[index % len(types)], f"prod-{'n' * 60}-{index:04}", f"p{index}", "x" * 90, "y")
    ]
    events += [made.deleted(type_token, f"prod-deleted-{'n' * 60}-{index}") for index, type_token in enumerate(types)]
    text = form.render(report_of([*events, *large_change()]))
    assert len(text) < LONGEST_REPORT
    shown = text[: text.index("Exposure, permissions")]
    kinds = {kind(type_token) for type_token in types}
    assert {one for one in kinds if one.replace("_", r"\_") not in shown} == set()


def test_the_report_says_how_much_it_leaves_out_and_the_json_leaves_nothing_out() -> None:
    report = report_of(large_change())
    assert "more with" in markdown.render(report)
    names = {name for section in report.sections for row in section.rows for name in row.names}
    assert len(names) == 1001


def test_names_and_values_can_write_no_markup() -> None:
    evil = made.updated(made.DATABASE, "<img src=x>|@team[a](b)", "port", "`</td><script>`", "x")
    report = report_of([evil], [finding("fail", message="<script>alert(1)</script>")])
    page, comment = html.render(report), markdown.render(report)
    assert "<script" not in page
    assert "<img" not in page
    assert "<img" not in comment.replace("\\<", "")
    assert "@team" not in comment


def test_policy_documents_are_compared_by_what_they_say() -> None:
    before = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"]}]})
    after = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject"]}]})
    comment = markdown.render(report_of([made.updated(made.ROLE, "role", "policy", before, after)]))
    assert "s3:DeleteObject" in comment
    assert "s3:GetObject" not in comment


def test_the_report_keeps_to_its_schema_and_the_schema_is_kept() -> None:
    kept = (Path(reporting.__file__).parent / "report.schema.json").read_text()
    assert kept == reporting.schema()
    report = report_of([*large_change(20), REFUSED], [finding("fail")])
    jsonschema.Draft202012Validator(json.loads(kept)).validate(json.loads(report.model_dump_json()))


def small_report() -> Report:
    """One of each kind."""
    waiver = {
        "rule": "encryption",
        "urn": made.urn(made.BUCKET, "bucket-1"),
        "reason": "public logo",
        "owner": "web",
        "approver": "security",
        "expires": "2027-01-31",
    }
    return report_of(
        [
            *made.replaced(made.DATABASE, "prod-database", "kmsKeyId", "arn:a", "arn:b"),
            made.deleted(made.BUCKET, "prod-documents", retainOnDelete=True),
            made.updated(made.GROUP, "prod-site-in", "cidrIpv4", "10.0.0.0/16", "0.0.0.0/0"),
            *(made.updated(made.ALARM, f"prod-alarm-{index}", "threshold", 1, 2) for index in range(12)),
            *(made.retagged(made.TEMPLATE, f"prod-template-{index}") for index in range(3)),
            *(made.unchanged(made.ROLE, f"prod-role-{index}") for index in range(7)),
            made.said("warning", "prod-alarm-1: deprecated"),
        ],
        [finding("fail"), finding("waived", number=1, waiver=waiver), finding("unknown", number=2), finding("pass")],
    )


@pytest.mark.parametrize(("form", "suffix"), [(markdown, "md"), (html, "html")])
def test_a_small_report_looks_as_it_did(form: Any, suffix: str) -> None:
    """Where it is meant to look otherwise: `python -m tests.operations.preview.test_report` writes it anew."""
    assert form.render(small_report()) == (_GOLDEN / f"report.{suffix}").read_text()


if __name__ == "__main__":
    for form, suffix in ((markdown, "md"), (html, "html")):
        (_GOLDEN / f"report.{suffix}").write_text(form.render(small_report()))
