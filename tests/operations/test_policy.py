"""`./prakerja policy` runs the pack as a program of its own, and hands on what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.checkout import Checkout
from operations.exit_codes import ExitCode, OperationError
from operations.policy import check, report
from sandbox.state import SandboxState

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[2]
GROUP = {
    "urn": "urn:pulumi:prod::prakerja::aws:cloudwatch/logGroup:LogGroup::it",
    "type": "aws:cloudwatch/logGroup:LogGroup",
    "inputs": {"retentionInDays": 7},
}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(repository=REPOSITORY, state=SandboxState(tmp_path / ".sandbox"))


def written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document))
    return str(path)


def test_a_violation_in_an_exported_state_exits_8(
    checkout: Checkout, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    state = written(tmp_path / "state.json", {"deployment": {"resources": [GROUP]}})
    with pytest.raises(OperationError) as refused:
        check(checkout, state, "json")
    assert refused.value.code == ExitCode.POLICY_FAILED
    results = json.loads(capfd.readouterr().out)["results"]
    assert {one["rule"] for one in results if one["result"] == "fail"} == {
        "log-retention",
        "missing-encryption",
        "missing-tags",
    }


def test_a_stack_that_keeps_the_rules_is_told_in_words(
    checkout: Checkout, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    check(checkout, written(tmp_path / "state.json", {"deployment": {}}), "terminal")
    assert capfd.readouterr().out == "1 pass · 0 fail · 0 waived · 13 not applicable · 0 unknown\n"


def test_what_can_not_be_judged_is_wrong_use(checkout: Checkout, tmp_path: Path) -> None:
    with pytest.raises(OperationError) as refused:
        report(checkout, tmp_path / "missing.json", "sarif")
    assert refused.value.code == ExitCode.WRONG_USE


def test_without_a_sandbox_there_is_nothing_to_check(checkout: Checkout) -> None:
    with pytest.raises(OperationError) as refused:
        check(checkout, None, "terminal")
    assert refused.value.code == ExitCode.NOTHING_RUNNING
