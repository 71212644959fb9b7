"""Resources for rules to judge, written as short as a test should be."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from policy.evaluation import Evaluation
from policy.resource import Resource, Stack
from policy.results import Result
from policy.waivers import Waiver, Waivers

TODAY = datetime.date(2026, 11, 24)
NO_WAIVERS = Waivers(in_force=[], faults=[])
TAGS = dict.fromkeys(("cost-centre", "data-class", "environment", "layer", "owner", "service"), "x")


def resource(
    type_: str,
    inputs: Mapping[str, Any] | None = None,
    *,
    name: str = "it",
    outputs: Mapping[str, Any] | None = None,
    refers: Mapping[str, Resource] | None = None,
) -> Resource:
    """A resource of stack `prod`. refers: by property, the resource that its value comes from."""
    return Resource(
        urn=f"urn:pulumi:prod::prakerja::{type_}::{name}",
        type=type_,
        inputs=inputs or {},
        outputs=outputs or {},
        property_dependencies={of: (other.urn,) for of, other in (refers or {}).items()},
    )


def judge(
    *resources: Resource,
    before: list[Resource] | None = None,
    waivers: Waivers = NO_WAIVERS,
    environment: str = "prod",
) -> list[Result]:
    """All results of a stack of these resources; `before` makes it a preview."""
    evaluation = Evaluation(waivers, environment)
    for one in resources:
        evaluation.resource(one)
    evaluation.stack(Stack(resources=resources, before=before, changing=before is not None))
    return evaluation.results()


def verdict(rule: str, judged: Resource, *others: Resource) -> str:
    """What a rule says of a resource that stands among others; `none` where it is not judged."""
    found = [one.result.value for one in judge(judged, *others) if (one.rule, one.urn) == (rule, judged.urn)]
    return found[0] if found else "none"


def waiver(**changed: Any) -> Waiver:
    """A good waiver, with some of its fields changed."""
    return Waiver(
        **{
            "rule": "imds-v1",
            "urn": "urn:pulumi:prod::prakerja::aws:ec2/instance:Instance::it",
            "reason": "The old agent can't do better.",
            "owner": "platform",
            "approver": "security",
            "expires": TODAY,
            **changed,
        }
    )
