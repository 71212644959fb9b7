"""The platform as it is keeps the policies: with production's settings in all, with development's but for waivers."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from policy.evaluation import Evaluation
from policy.resource import STACK_TYPE, Resource, Stack
from policy.results import Result, Verdict
from policy.waivers import Waivers, read_waivers
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY

pytestmark = pytest.mark.unit


def in_force() -> Waivers:
    """The repository's waivers, whatever the day: an expired one is for the preview to find."""
    return read_waivers(REPOSITORY / "policy/waivers.yaml", datetime.date(2026, 1, 1))


def judge(recording: Recording, environment: str) -> list[Result]:
    """What the rules say of everything that the program asks for and exports."""
    resources = [
        Resource(
            urn=one.urn.replace("urn:pulumi:stack::project::", f"urn:pulumi:{environment}::prakerja::"),
            type=one.type,
            inputs=one.inputs,
            outputs={"bucket": f"{one.name}-bucket", "id": f"{one.name}-id"},
        )
        for one in recording.resources
    ]
    root = f"urn:pulumi:{environment}::prakerja::{STACK_TYPE}::prakerja-{environment}"
    resources.append(Resource(urn=root, type=STACK_TYPE, outputs=recording.exports))
    evaluation = Evaluation(in_force(), environment)
    for resource in resources:
        evaluation.resource(resource)
    evaluation.stack(Stack(resources=resources))
    return evaluation.results()


def violations(results: list[Result]) -> list[tuple[str, str, str]]:
    return [(one.rule, one.urn, one.message) for one in results if one.result in (Verdict.FAIL, Verdict.UNKNOWN)]


def test_production_keeps_every_rule(prod: Recording) -> None:
    results = judge(prod, "prod")
    assert violations(results) == []
    assert [one for one in results if one.result is Verdict.WAIVED] == []


def test_development_keeps_every_rule_or_has_a_waiver(dev: Recording) -> None:
    results = judge(dev, "dev")
    assert violations(results) == []
    assert [one for one in results if one.result is Verdict.WAIVED]


def test_every_rule_but_that_of_loss_judges_something_of_production(prod: Recording) -> None:
    """A rule that has lost sight of the types that it is for would pass for ever."""
    idle = {one.rule for one in judge(prod, "prod") if one.urn == "" and one.rule != "waivers"}
    assert idle == {"stateful-loss"}


def test_a_spoiled_setting_of_the_platform_is_found(prod: Recording) -> None:
    spoiled = replace(
        prod,
        resources=[
            replace(one, inputs={**one.inputs, "sslPolicy": "ELBSecurityPolicy-2016-08"})
            if "sslPolicy" in one.inputs
            else one
            for one in prod.resources
        ],
    )
    assert {rule for rule, _, _ in violations(judge(spoiled, "prod"))} == {"weak-tls"}
