"""What the engine's calls leave in the results file, however its preview ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from policy.analyzer import RESULTS_VARIABLE, Analyzer
from policy.controls import CONTROLS

pytestmark = pytest.mark.unit

PACK = Path(__file__).parents[2] / "policy"
INSTANCE = "aws:ec2/instance:Instance"
CONTEXT = Mock(spec=grpc.ServicerContext)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The results file."""
    path = tmp_path / "results.json"
    monkeypatch.setenv(RESULTS_VARIABLE, str(path))
    return path


def analyzer(*, dry_run: bool) -> Analyzer:
    """One that has judged an instance whose metadata answer without a token."""
    found = Analyzer(PACK)
    request = analyzer_pb2.AnalyzerStackConfigureRequest(stack="prod", project="prakerja", dry_run=dry_run)
    found.ConfigureStack(request, CONTEXT)
    properties = struct_pb2.Struct()
    properties.update({"metadataOptions": {"httpTokens": "optional"}})
    urn = f"urn:pulumi:prod::prakerja::{INSTANCE}::one"
    found.Analyze(analyzer_pb2.AnalyzeRequest(type=INSTANCE, urn=urn, properties=properties), CONTEXT)
    return found


def read(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["results"]
    return found


def test_a_preview_that_the_cloud_cut_short_leaves_what_it_found_and_says_what_is_unknown(results: Path) -> None:
    analyzer(dry_run=True).Cancel(empty_pb2.Empty(), CONTEXT)
    found = read(results)
    assert [one["result"] for one in found if one["urn"] and one["rule"] == "imds-v1"] == ["fail"]
    assert {one["rule"] for one in found if not one["urn"] and one["result"] == "unknown"} == set(CONTROLS)


def test_the_results_of_a_whole_preview_stay_as_they_are_when_it_ends(results: Path) -> None:
    judge = analyzer(dry_run=True)
    judge.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), CONTEXT)
    before = results.read_text()
    judge.Cancel(empty_pb2.Empty(), CONTEXT)
    assert results.read_text() == before
    assert "it ended before" not in before


def test_a_preview_in_which_nothing_was_judged_leaves_nothing(results: Path) -> None:
    judge = Analyzer(PACK)
    judge.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="prod", dry_run=True), CONTEXT)
    judge.leave_results()
    assert not results.exists()
