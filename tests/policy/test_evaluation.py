"""Five results and no sixth; waivers excuse exactly what they name, and answer for themselves."""

from __future__ import annotations

from typing import Any

import pytest

from policy.controls import CONTROLS
from policy.evaluation import Evaluation
from policy.resource import Resource, Stack
from policy.results import Result, Verdict
from policy.rules import CHECKS
from policy.values import UNKNOWN
from policy.waivers import Waivers
from tests.policy.stacks import NO_WAIVERS, judge, resource, waiver

pytestmark = pytest.mark.unit

INSTANCE = "aws:ec2/instance:Instance"
SPOILED = resource(INSTANCE, {"metadataOptions": {"httpTokens": "optional"}})
SOUND = resource(INSTANCE, {"metadataOptions": {"httpTokens": "required"}})
UNCLEAR = resource(INSTANCE, {"metadataOptions": UNKNOWN})


def waived(*entries: Any) -> Waivers:
    return Waivers(in_force=list(entries), faults=[])


def of(rule: str, results: list[Result]) -> list[Result]:
    return [result for result in results if result.rule == rule]


def test_every_check_belongs_to_a_rule_and_every_rule_has_one() -> None:
    assert {check.rule for check in CHECKS} == set(CONTROLS) - {"waivers"}


def test_a_rule_with_nothing_to_judge_says_so_once() -> None:
    (result,) = of("privileged-pod", judge(SOUND))
    assert (result.urn, result.result) == ("", Verdict.NOT_APPLICABLE)


def test_what_a_preview_did_not_come_to_is_unknown_of_every_rule_and_nothing_is_taken_back() -> None:
    evaluation = Evaluation(NO_WAIVERS, "prod")
    evaluation.resource(SPOILED)
    results = evaluation.unfinished_results()
    assert [result.result for result in of("imds-v1", results)] == [Verdict.UNKNOWN, Verdict.FAIL]
    assert {result.rule for result in results if (result.urn, result.result) == ("", Verdict.UNKNOWN)} == set(CONTROLS)
    assert all(result.message.startswith("unknown at preview") for result in results if not result.urn)
    assert Verdict.NOT_APPLICABLE not in {result.result for result in results if not result.urn}


def test_a_waiver_excuses_its_rule_and_resource() -> None:
    results = judge(SPOILED, waivers=waived(waiver()))
    (result,) = of("imds-v1", results)
    assert result.result is Verdict.WAIVED
    assert result.waiver == waiver().as_json()
    assert of("waivers", results)[0].result is Verdict.PASS


@pytest.mark.parametrize("changed", [{"rule": "weak-tls"}, {"urn": SPOILED.urn + "-too"}])
def test_a_waiver_excuses_nothing_else(changed: dict[str, str]) -> None:
    results = judge(SPOILED, waivers=waived(waiver(**changed)))
    assert of("imds-v1", results)[0].result is Verdict.FAIL
    assert of("waivers", results)[0].result is Verdict.FAIL


def test_a_waiver_that_is_not_needed_fails() -> None:
    (result,) = of("waivers", judge(SOUND, waivers=waived(waiver())))
    assert result.result is Verdict.FAIL
    assert "not needed" in result.message


def test_a_waiver_may_yet_be_needed_where_the_violation_is_unknown() -> None:
    results = judge(UNCLEAR, waivers=waived(waiver()))
    assert of("imds-v1", results)[0].result is Verdict.UNKNOWN
    assert of("waivers", results)[0].result is Verdict.PASS


def test_a_waiver_holds_in_a_rehearsal_of_its_environment_only() -> None:
    rehearsed = Resource(urn=SPOILED.urn.replace(":prod:", ":sandbox:"), type=INSTANCE)
    assert of("imds-v1", judge(rehearsed, waivers=waived(waiver())))[0].result is Verdict.WAIVED
    as_dev = judge(rehearsed, waivers=waived(waiver()), environment="dev")
    assert of("imds-v1", as_dev)[0].result is Verdict.FAIL
    assert of("waivers", as_dev)[0].result is Verdict.PASS


def test_what_was_found_counts_though_the_rest_is_unknown() -> None:
    for data in (
        {"userData": "DB_PASSWORD=horse", "userDataBase64": UNKNOWN},
        {"userData": UNKNOWN, "userDataBase64": "DB_PASSWORD=horse"},
    ):
        assert of("secret-in-clear", judge(resource(INSTANCE, data)))[0].result is Verdict.FAIL


def test_a_loss_is_unknown_where_the_stack_before_is() -> None:
    evaluation = Evaluation(NO_WAIVERS, "prod")
    evaluation.stack(Stack(resources=[SOUND], before=None, changing=True))
    assert of("stateful-loss", evaluation.results())[0].result is Verdict.UNKNOWN


def test_a_stack_looked_at_as_it_is_loses_nothing() -> None:
    assert of("stateful-loss", judge(SOUND))[0].result is Verdict.NOT_APPLICABLE
