"""Reports on previews that the engine has made elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.exit_codes import ExitCode, OperationError
from operations.preview.command import read_events, show, write
from tests.operations.preview import events as made

pytestmark = pytest.mark.unit

SUMMARY: made.Event = {"summaryEvent": {"resourceChanges": {}}}


def written(path: Path, *events: made.Event) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def test_the_events_of_a_real_preview_make_the_same_report(tmp_path: Path) -> None:
    events = written(tmp_path / "events", *made.replaced(made.DATABASE, "database", "identifier", "a", "b"), SUMMARY)
    results = tmp_path / "policies.json"
    results.write_text(json.dumps({"schema_version": 1, "results": []}))
    report = read_events(events, results, "prod")
    assert report.verdict == "destructive change"
    assert report.policies is not None
    write(report, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.html", "report.json", "report.md"]


def test_a_preview_that_failed_is_no_preview_without_changes(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="no credentials"):
        read_events(written(tmp_path / "events", made.said("error", "no credentials"), SUMMARY), None, "prod")


def test_what_was_found_before_the_cloud_refused_something_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = made.said("error", "admission refused it", made.urn(made.ROLE, "role"))
    events = written(tmp_path / "events", made.deleted(made.BUCKET, "bucket"), refused, SUMMARY)
    report = read_events(events, None, "prod")
    assert (report.verdict, report.exit_code, report.errors) == ("incomplete", 1, ["role: admission refused it"])
    show(report, as_json=True)
    shown = capsys.readouterr()
    assert json.loads(shown.out)["counts"]["delete"] == 1
    assert "role: admission refused it" in shown.err


def test_a_preview_that_was_interrupted_is_no_preview_without_changes(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="interrupted"):
        read_events(written(tmp_path / "events", made.unchanged(made.ROLE, "role")), None, "prod")


def test_what_is_no_event_log_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "events").write_text("Previewing update (prod)\n")
    with pytest.raises(OperationError) as failure:
        read_events(tmp_path / "events", None, "prod")
    assert failure.value.code is ExitCode.WRONG_USE
